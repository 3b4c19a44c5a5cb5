import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import meterScript from './meter.py';

/** What a whole process and all its children took. */
export interface Metered {
  readonly code: number;
  readonly wallS: number;
  readonly cpuS: number;
  /** Proportional share of memory of all its processes together. */
  readonly peakMb: number;
}

/** @throws Error with the last it said, when it fails: a work not done has no time */
export async function meter(
  folder: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Metered> {
  const [result, log] = [join(folder, 'metered.json'), join(folder, 'metered.log')];
  const output = openSync(log, 'w');
  // whatever a contestant leaves running (ssh masters) ends with its process namespace
  const apart = ['--pid', '--fork', '--kill-child', '--mount-proc'];
  const child = spawn('unshare', [...apart, 'python3', '-c', meterScript, result, ...argv], {
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  const words = () => readFileSync(log, 'utf8').trim().split('\n').slice(-15).join('\n');
  if (code !== 0) throw new Error(`the meter ended with ${code}: ${words()}`);
  const found = JSON.parse(readFileSync(result, 'utf8')) as Metered;
  if (found.code !== 0) throw new Error(`${argv.slice(0, 3).join(' ')} ended with ${found.code}:\n${words()}`);
  return found;
}
