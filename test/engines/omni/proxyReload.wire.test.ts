import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pausing } from '../../../src/engines/omni/proxy/pausing.ts';
import { globalProxyScript } from '../../../src/lab/engines/omni/dialects/globalProxy.ts';
import { nodePaths } from '../../../src/topology/paths.ts';
import { freePort } from '../../fakes/freePort.ts';
import { unless } from '../../fakes/unless.ts';

/** Directives of modules that OmniInfer builds into its own nginx. */
const OF_OMNIINFER = /^\s*(set_request_id|prefill|stream_ops|access_log) .*$/gm;

/** States of /proc/net/tcp. */
const ESTABLISHED = '01';
const LISTEN = '0A';

const hasNginx = ['/usr/sbin', ...(process.env.PATH ?? '').split(':')].some((path) => existsSync(`${path}/nginx`));
const obstacle = hasNginx ? null : 'needs nginx, of the package nginx';

/** A decode server: streams a word every 20 ms until the test ends it. */
class Decode {
  readonly open = new Set<ServerResponse>();
  readonly server: Server;

  constructor(readonly name: string) {
    this.server = createServer((request, response) => {
      response.write(`${name}\n`);
      if (request.url !== '/v1/completions?stream') return response.end();
      this.open.add(response);
      const timer = setInterval(() => response.write(`${name}\n`), 20);
      response.on('close', () => clearInterval(timer));
      response.on('finish', () => clearInterval(timer));
      return undefined;
    });
  }

  async start(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return this;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** As a server does at its last token. */
  finish(): void {
    for (const response of this.open) response.end('done\n');
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

describe('a reload of nginx, with the proxy’s configuration', unless(obstacle), () => {
  const folder = mkdtempSync(join(tmpdir(), 'omniplace-nginx-'));
  const conf = join(folder, 'conf', 'nginx.conf');
  const nginx = (...args: string[]) =>
    execFileSync('nginx', ['-p', folder, '-c', conf, '-e', join(folder, 'error.log'), ...args], { stdio: 'pipe' });
  let port: number;
  let old: Decode;
  let next: Decode;

  const run = ([program, ...args]: readonly string[]) => execFileSync(program!, args, { stdio: 'pipe' });
  const configure = (...decode: Decode[]) => {
    const script = join(folder, 'global_proxy.sh');
    writeFileSync(script, globalProxyScript('v0.5'));
    const list = decode.map(({ address }) => address).join(',');
    const lists = ['--prefill-servers-list', list, '--decode-servers-list', list];
    const balance = ['--prefill-lb-sdk', 'round_robin', '--decode-lb-sdk', 'round_robin'];
    const log = ['--log-file', join(folder, 'error.log'), '--log-level', 'notice'];
    const args = ['--nginx-conf-file', conf, '--listen-port', String(port), '--core-num', '1', ...lists, ...balance];
    execFileSync('bash', [script, ...args, ...log, '--dry-run'], { stdio: 'pipe' });
    const text = readFileSync(conf, 'utf8').replace(OF_OMNIINFER, '');
    writeFileSync(conf, text.replace('http {', 'http {\n    access_log off;'));
  };
  const ask = async (path: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port, path, agent: false }, resolve).on('error', reject);
    });
  const answer = async () => (await textOf(await ask('/v1/completions'))).trim();
  // nginx asks old workers to end 0.1 s after it has started new ones, and both accept meanwhile
  const answersAre = (...names: string[]) =>
    expect
      .poll(async () => new Set(await Promise.all(Array.from({ length: 50 }, answer))), {
        interval: 10,
        timeout: 2_000,
      })
      .toEqual(new Set(names));

  beforeAll(async () => {
    // workers are another user
    chmodSync(folder, 0o755);
    for (const name of ['conf', 'logs']) mkdirSync(join(folder, name));
    port = await freePort();
    [old, next] = await Promise.all([new Decode('old').start(), new Decode('next').start()]);
    configure(old);
    nginx();
  });
  afterAll(() => {
    nginx('-s', 'stop');
    for (const server of [old, next]) server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('lets streams run to their end on old workers, and asks new servers at once', async () => {
    expect(await answer()).toBe('old');
    const stream = await ask('/v1/completions?stream');
    let streamed = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      streamed += text;
    });
    await expect.poll(() => streamed.length).toBeGreaterThan(0);

    configure(next);
    nginx('-s', 'reload');
    await answersAre('next');

    const before = streamed.length;
    await expect.poll(() => streamed.length).toBeGreaterThan(before);
    const ended = new Promise((resolve) => stream.on('end', resolve));
    old.finish();
    await ended;
    expect(stream.complete).toBe(true);
    expect(streamed).toMatch(/^(old\n)+done\n$/);
    expect(readFileSync(join(folder, 'error.log'), 'utf8')).not.toMatch(/\[(error|crit|emerg)\]/);
  });

  it('leaves servers out by a reload, so that TIME_WAIT is on the side of the proxy, and takes them in again', async () => {
    const ending = await new Decode('ending').start();
    const { port: own } = ending.server.address() as AddressInfo;
    configure(ending, next);
    nginx('-s', 'reload');
    await answersAre('ending', 'next');
    expect(statesOf(own)).toContain(ESTABLISHED);
    const { pause, resume, marker } = pausing(nodePaths(folder, 'r1', 'c0'), conf);
    mkdirSync(dirname(marker), { recursive: true });
    run(pause([ending.address]));
    expect(statesOf(own)).not.toContain(ESTABLISHED);
    await answersAre('next');
    // no other may be left out: then all are down
    run(pause([next.address]));
    expect(readFileSync(conf, 'utf8').match(/^ *server .* down;$/gm)).toHaveLength(4);
    expect([await answer(), readFileSync(marker, 'utf8')]).toEqual([
      expect.stringContaining('502 Bad Gateway'),
      `${ending.address}\n${next.address}\n`,
    ]);
    // the server can bind its port at once
    ending.close();
    expect(statesOf(own)).toEqual([]);
    await ending.start(own);
    run(resume);
    await answersAre('ending', 'next');
    expect(existsSync(marker)).toBe(false);
    expect(readFileSync(conf, 'utf8')).not.toMatch(/down;|#paused/);
    expect(readFileSync(join(folder, 'error.log'), 'utf8')).not.toMatch(/\[(crit|emerg)\]/);
    configure(next);
    nginx('-s', 'reload');
    await answersAre('next');
    ending.close();
  });

  it('keeps the running configuration if the new one is refused', async () => {
    writeFileSync(conf, `${readFileSync(conf, 'utf8')}\nunknown_directive;\n`);
    expect(() => nginx('-s', 'reload')).toThrow('unknown directive "unknown_directive"');
    expect(await answer()).toBe('next');
    configure(next);
  });
});

/** Of connections whose own port it is. */
function statesOf(port: number): string[] {
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  return lines.flatMap((line) => {
    const [, own = '', , state = ''] = line.trim().split(/\s+/);
    return Number.parseInt(own.split(':')[1] ?? '', 16) === port && state !== LISTEN ? [state] : [];
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += part;
  return text;
}
