import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesOf } from '../../../src/engines/artifact.ts';
import { vllmDeployment } from './vllmDeployment.ts';

let folder = '';
const path = (name: string) => join(folder, name);

/**
 * Notes its arguments and devices, and serves until it is told to end. If a file of its port exists, it ends by itself, once the
 * server of the first port can be told to.
 */
const FAKE = `#!/bin/bash
while [ $# -gt 0 ]; do [ "$1" = --port ] && port=$2; shift; done
trap 'echo ended; exit 0' TERM
if [ -e FOLDER/fail-$port ]; then
  until [ -e FOLDER/up-9100 ]; do sleep 0.05; done
  exit 3
fi
touch FOLDER/up-$port
echo "port \${port:-none} devices $CUDA_VISIBLE_DEVICES"
while :; do sleep 0.05; done
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vllm-'));
  mkdirSync(path('bin'));
  writeFileSync(path('bin/vllm'), FAKE.replaceAll('FOLDER', folder));
  chmodSync(path('bin/vllm'), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The start script of a node, in a shell of its own. */
function started(decode: string, node: string, edit = (text: string) => text) {
  const services = `  log_path: ${folder}/log\n  state_path: ${folder}/state\n`;
  const { nodes } = vllmDeployment({ decode: [decode], services });
  const [script] = filesOf(nodes[node]!);
  mkdirSync(path(`log/${node}`), { recursive: true });
  mkdirSync(nodes[node]!.paths.run, { recursive: true });
  writeFileSync(path('run.sh'), edit(script !== undefined && 'text' in script.content ? script.content.text : ''));
  const child = spawn('bash', [path('run.sh')], {
    env: { ...process.env, PATH: `${folder}/bin${delimiter}${process.env.PATH}` },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  return { child, ended, joined: nodes[node]!.paths.joined };
}

const log = (node: string, server: number) => {
  const file = path(`log/${node}/server_${server}.log`);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
};

describe('a start script under bash', () => {
  const EXTERNAL = 'hosts: "10.0.0.2", tensor_parallel_size: 4, data_parallel_lb: external';

  it('starts a server per rank with the devices of the rank, and ends all on TERM', async () => {
    const { child, ended } = started(EXTERNAL, 'd0');
    await expect
      .poll(() => [log('d0', 0), log('d0', 1)], { timeout: 10_000 })
      .toEqual(['port 9100 devices 0,1,2,3\n', 'port 9101 devices 4,5,6,7\n']);
    child.kill('SIGTERM');
    expect(await ended).toBe(143);
    expect(log('d0', 1)).toContain('ended');
  });

  it('ends with the server that ends first, and ends the others', async () => {
    writeFileSync(path('fail-9101'), '');
    rmSync(path('up-9100'), { force: true });
    rmSync(path('log'), { recursive: true, force: true });
    const { ended } = started(EXTERNAL, 'd0');
    expect(await ended).toBe(3);
    await expect.poll(() => log('d0', 0), { timeout: 10_000 }).toContain('ended');
  });

  it('has joined its instance once the first host of it answers', async () => {
    const server = createServer((_, answer) => answer.end('{}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const there = (text: string) => text.replace('http://10.0.0.2:9100', `http://127.0.0.1:${port}`);
    const { child, ended, joined } = started('hosts: "10.0.0.2,10.0.0.3", tensor_parallel_size: 16', 'd1', there);
    await expect.poll(() => existsSync(joined), { timeout: 10_000 }).toBe(true);
    child.kill('SIGTERM');
    await ended;
    server.close();
  });
});
