import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import drainScript from '../../../templates/drain_vllm.sh';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drain-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const read = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '');

/** A server with a worker, each of which notes that it got TERM; the server takes its time. */
function server(seconds: number) {
  const worker = `trap 'echo TERM >> ${folder}/worker; exit' TERM; echo up >> ${folder}/up; while :; do sleep 0.05; done`;
  const main = `bash ${folder}/worker.sh & worker=$!
trap 'echo TERM >> ${folder}/server; sleep ${seconds}; echo done >> ${folder}/server; kill -KILL $worker; exit' TERM
while :; do sleep 0.05; done`;
  writeFileSync(join(folder, 'worker.sh'), worker);
  writeFileSync(join(folder, 'server.sh'), main);
  const env = { ...process.env, OMNIPLACE_NODE: `drained-${process.pid}/d0` };
  return spawn('bash', [join(folder, 'server.sh')], { env, stdio: 'ignore' });
}

const drain = (seconds: number) =>
  spawnSync('sh', ['-c', drainScript, 'stop', `drained-${process.pid}/d0`, '1', String(seconds)], { encoding: 'utf8' });

describe('stopping a server of vLLM', () => {
  it('asks only its first process, and waits until requests are finished', async () => {
    server(1);
    await expect.poll(() => read('up'), { timeout: 10_000 }).toBe('up\n');
    expect(drain(5)).toMatchObject({ status: 0, stderr: '' });
    expect([read('server'), read('worker')]).toEqual(['TERM\ndone\n', '']);
  });

  it('goes on at once where nothing runs', () => {
    expect(drain(60)).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });
});
