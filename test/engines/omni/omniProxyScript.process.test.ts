import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assumedDialect } from '../../../src/engines/omni/dialect/knownDialects.ts';
import { OMNI_PROXY_FOLDER } from '../../../src/engines/omni/hostPaths.ts';
import { instanceList } from '../../../src/engines/omni/proxy/instanceList.ts';
import { omniProxyScript } from '../../../src/engines/omni/proxy/omniProxyScript.ts';
import { topologyOf } from '../../../src/engines/topologyOf.ts';
import type { ProxyNode } from '../../../src/topology/topology.ts';
import { fakeDeployment, PROXY } from '../../fakes/deployment.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omni-proxy-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const NAME = 'run_proxy.sh';

/** run_proxy.sh, and in place of omni_proxy.sh a program that writes down its last argument and a configuration. */
function write(listenPort: number, decodeLimit = 32): void {
  const conf = join(folder, 'nginx.conf');
  const omniProxy = { ...PROXY.omniProxy, nginx_conf_file: conf, omni_proxy_decode_max_num_seqs: decodeLimit };
  const engineSettings = { ...PROXY, useOmniProxy: true, omniProxy };
  const deployment = fakeDeployment({ proxy: { listenPort, engineSettings } });
  const topology = topologyOf(deployment);
  const node = topology.nodes.find(({ role }) => role === 'proxy') as ProxyNode;
  const script = omniProxyScript(node, instanceList(topology), deployment, assumedDialect(null).dialect);
  writeFileSync(join(folder, NAME), script.replace(OMNI_PROXY_FOLDER, folder));
  const program = `echo "\${!#} $PYTHONHASHSEED [\${OMNIPLACE_NODE-}]" >> ${folder}/calls\necho "    listen ${listenPort} reuseport;" > ${conf}\n`;
  writeFileSync(join(folder, 'omni_proxy.sh'), program);
}

function run(...args: string[]) {
  return runBash(join(folder, NAME), ...args);
}

function runBash(...args: string[]) {
  const env = { ...process.env, OMNIPLACE_NODE: 'r1/c0' };
  const child = spawn('bash', args, { env });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      printed += text;
    });
  return { child, printed: () => printed, ended: once(child, 'close').then(([code]) => ({ code, printed })) };
}

function calls(): readonly string[] {
  const file = join(folder, 'calls');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

async function listener() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, port: typeof address === 'object' ? address!.port : 0 };
}

describe('run_proxy.sh of omni_proxy', () => {
  it('starts once, without the marks of its node, and stays while the proxy listens', async () => {
    const { server, port } = await listener();
    write(port);
    const { child, ended } = run();
    await expect.poll(calls, { timeout: 10_000 }).toEqual(['1 123 []']);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(child.exitCode).toBeNull();
    server.close();
    expect(await ended).toEqual({ code: 1, printed: `nothing listens on port ${port} any more\n` });
  });

  it('reloads for other arguments, after which a start has nothing to do but to watch', async () => {
    const { server, port } = await listener();
    write(port);
    const first = run();
    await expect.poll(() => existsSync(join(folder, 'nginx.conf.omniplace')), { timeout: 10_000 }).toBe(true);
    write(port, 48);
    expect(await run('reload').ended).toEqual({ code: 0, printed: '' });
    expect(calls()).toEqual(['1 123 []', '--reload 123 []']);
    const second = runBash('-x', join(folder, NAME));
    await expect.poll(second.printed, { timeout: 10_000 }).toContain('+ sleep 2');
    server.close();
    await Promise.all([first.ended, second.ended]);
    expect(calls()).toEqual(['1 123 []', '--reload 123 []']);
  });

  it('leaves a reload to the start where another script, or another port, serves', async () => {
    const { server, port } = await listener();
    write(port);
    const printed = `omni_proxy does not serve port ${port} yet, so it has to start\n`;
    expect(await run('reload').ended).toEqual({ code: 0, printed });
    writeFileSync(join(folder, 'nginx.conf.omniplace'), 'other');
    writeFileSync(join(folder, 'nginx.conf'), `    listen ${port};\n`);
    expect(await run('reload').ended).toEqual({ code: 0, printed });
    expect(calls()).toEqual([]);
    server.close();
  });

  it('ends with omni_proxy.sh where that fails, and takes nothing as served', async () => {
    const { server, port } = await listener();
    write(port);
    writeFileSync(join(folder, 'nginx.conf.omniplace'), 'other');
    appendFileSync(join(folder, 'nginx.conf'), `    listen ${port} reuseport;\n`);
    writeFileSync(join(folder, 'omni_proxy.sh'), 'echo "bad configuration" >&2; exit 7');
    expect(await run('reload').ended).toEqual({ code: 7, printed: 'bad configuration\n' });
    expect(await run().ended).toEqual({ code: 7, printed: 'bad configuration\n' });
    expect(readFileSync(join(folder, 'nginx.conf.omniplace'), 'utf8')).toBe('other');
    server.close();
  });
});
