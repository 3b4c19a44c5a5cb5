import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, vi } from 'vitest';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Runnable {
  run(argv: string[], options: string): Promise<unknown>;
}

/** A folder of its own as working folder for each test, and a way to run commands in it as the CLI does. */
export function patternCli() {
  const box = { folder: '', stdout: '', stderr: '' };
  const home = process.cwd();
  beforeEach(() => {
    box.folder = mkdtempSync(join(tmpdir(), 'omniplace-patterns-'));
    box.stdout = '';
    box.stderr = '';
    vi.spyOn(process, 'cwd').mockReturnValue(box.folder);
    vi.spyOn(console, 'log').mockImplementation((text) => {
      box.stdout += `${text}\n`;
    });
    vi.spyOn(console, 'error').mockImplementation((text) => {
      box.stderr += `${text}\n`;
    });
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      box.stderr += String(text);
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    process.exitCode = undefined;
    rmSync(box.folder, { recursive: true });
  });
  const path = (name: string) => join(box.folder, name);
  const write = (name: string, content: string | Uint8Array) => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), content);
    return path(name);
  };
  const run = async (command: Runnable, ...argv: string[]): Promise<Ran> => {
    process.exitCode = undefined;
    box.stdout = '';
    box.stderr = '';
    let code: number;
    try {
      await command.run(argv, home);
      code = Number(process.exitCode ?? 0);
    } catch (error) {
      code = (error as { oclif: { exit: number } }).oclif.exit;
    }
    // what is asserted must not depend on where the test ran
    const clean = (text: string) => text.replaceAll(`${box.folder}/`, '');
    return { code, stdout: clean(box.stdout), stderr: clean(box.stderr) };
  };
  const pipe = (content: string | Uint8Array) => {
    vi.spyOn(process, 'stdin', 'get').mockReturnValue(Readable.from([Buffer.from(content)]) as never);
  };
  return { path, write, run, pipe };
}

/** A .npy of doubles, as numpy.save writes it. */
export function npy(shape: readonly number[], values: readonly number[]): Uint8Array {
  const dictionary = `{'descr': '<f8', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const padding = ' '.repeat(63 - ((10 + dictionary.length) % 64));
  const header = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${dictionary}${padding}\n`, 'latin1');
  header.writeUInt16LE(header.length - 10, 8);
  return Buffer.concat([header, Buffer.from(Float64Array.from(values).buffer)]);
}

/** Two layers of eight experts; the first is that of FlashLB's example. */
export const SMALL = npy([2, 8], [600, 560, 120, 120, 20, 10, 10, 10, 5, 4, 3, 2, 1, 1, 1, 1]);

/** A dump window: every count is followed by a tab. */
export function windowText(layers: readonly (readonly number[])[]): string {
  return layers.map((counts) => `${counts.map((count) => `${count}\t`).join('')}\n`).join('');
}

export function windowName(step: number, rank = 0): string {
  return `activation_counts_recordstep_${step}_rank_${rank}.txt`;
}
