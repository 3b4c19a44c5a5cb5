import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assumedDialect } from '../../../src/engines/omni/dialect/knownDialects.ts';
import { PROXY_FOLDER } from '../../../src/engines/omni/hostPaths.ts';
import { globalProxy } from '../../../src/engines/omni/proxy/globalProxy.ts';
import { proxyScript } from '../../../src/engines/omni/proxy/proxyScript.ts';
import { topologyOf } from '../../../src/engines/topologyOf.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proxy-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** run_proxy.sh with a stand-in for global_proxy.sh. */
async function start(program: string, listenPort: number) {
  const deployment = fakeDeployment({ proxy: { listenPort } });
  const { node, list } = globalProxy(deployment, topologyOf(deployment))!;
  const script = join(folder, 'run_proxy.sh');
  writeFileSync(
    script,
    proxyScript(node, list(), deployment, assumedDialect('v0.6').dialect).replace(PROXY_FOLDER, folder),
  );
  writeFileSync(join(folder, 'global_proxy.sh'), program);
  const child = spawn('sh', [script]);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code, said }));
  return { child, ended };
}

async function listener() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, port: typeof address === 'object' ? address!.port : 0 };
}

describe('run_proxy.sh', () => {
  it('hands every argument on, stays while the proxy listens, and ends when it no longer does', async () => {
    const { server, port } = await listener();
    const { child, ended } = await start(`printf '%s\\n' "$@" "$PROXY_NODE_PORT" > ${folder}/arguments`, port);
    await expect.poll(() => existsSync(join(folder, 'arguments'))).toBe(true);
    // it looks once a second
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(child.exitCode).toBeNull();
    expect(readFileSync(join(folder, 'arguments'), 'utf8').trim().split('\n')).toEqual([
      ...['--listen-port', String(port)],
      ...['--prefill-servers-list', '10.0.0.1:9000'],
      ...['--decode-servers-list', '10.0.0.2:9100,10.0.0.2:9101,10.0.0.2:9102,10.0.0.2:9103'],
      ...['--log-file', '/data/log/c0/nginx_error.log', '--log-level', 'notice'],
      ...['--core-num', '4', '--start-core-index', '16'],
      ...['--prefill-lb-sdk', 'pd_score_balance', '--decode-lb-sdk', 'pd_score_balance'],
      ...['--prefill-max-num-seqs', '16', '--decode-max-num-seqs', '32'],
      String(port),
    ]);
    server.close();
    expect(await ended).toEqual({ code: 1, said: `nothing listens on port ${port} any more\n` });
  });

  it('ends with global_proxy.sh where that fails', async () => {
    const { ended } = await start('echo "bad upstream" >&2; exit 7', 7999);
    expect(await ended).toEqual({ code: 7, said: 'bad upstream\n' });
  });
});
