import { type ChildProcess, execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { quoteWord } from '../../src/shell/quote.ts';
import type { RemoteHost, RunResult } from '../../src/transport/host.ts';
import { request } from '../../src/transport/http.ts';
import { createPool, type Pool } from '../../src/transport/pool.ts';
import { hasTerminals } from '../../src/transport/process.ts';
import { buildController } from '../fakes/controller.ts';
import { freePort } from '../fakes/freePort.ts';
import { seededBytes } from '../fakes/seededBytes.ts';
import { type FakeSshd, sshdMissing, startSshd } from '../fakes/sshd.ts';
import { unless } from '../fakes/unless.ts';

/** A command line no other test, and no other run of them, has on this machine. */
let sleep: string;
beforeEach(() => {
  sleep = `sleep 4${process.pid}${Math.floor(Math.random() * 1e6)}`;
});

const missing = sshdMissing();

describe('a host over SSH', unless(missing), () => {
  let sshd: FakeSshd;
  let pool: Pool;
  let host: RemoteHost;
  let folder: string;
  beforeAll(async () => {
    sshd = await startSshd();
    pool = createPool(() => sshd.options());
    host = await pool.open('127.0.0.1');
    folder = mkdtempSync(join(tmpdir(), 'omniplace-ssh-'));
  });
  afterAll(async () => {
    await pool?.closeAll();
    sshd?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  describe('runs a script', () => {
    test('and brings back both streams and the exit code', async () => {
      const result = await host.run('echo out; echo err >&2; exit 3');
      expect(result).toMatchObject({ code: 3, stdout: 'out\n', stderr: 'err\n', ended: 'exit' });
    });

    test('and all of its errors, however late they come', async () => {
      for (let i = 0; i < 20; i += 1) {
        const { stderr } = await host.run('head -c 400000 /dev/zero | tr "\\0" e >&2; echo end >&2');
        expect([stderr.length, stderr.endsWith('end\n')]).toEqual([400_004, true]);
      }
    });

    test('whose output is taken chunk by chunk, and waits while one is not taken yet', async () => {
      let taken = 0;
      let open = 0;
      let mostOpen = 0;
      const result = await host.run('head -c 3000000 /dev/zero', {
        keepBytes: 0,
        onChunk: async (chunk) => {
          mostOpen = Math.max(mostOpen, ++open);
          await new Promise((resolve) => setTimeout(resolve, 1));
          taken += chunk.length;
          open -= 1;
        },
      });
      expect([result.code, taken, mostOpen, result.stdout.length]).toEqual([0, 3_000_000, 1, 0]);
    });

    test('in a terminal of its own, whose size follows ours', async () => {
      if (!hasTerminals(host)) throw new Error('no terminals');
      const terminal = await host.openTerminal('stty size; read line; stty size; exit 7', { rows: 24, columns: 80 });
      let said = '';
      terminal.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      await vi.waitUntil(() => said.includes('24 80'));
      terminal.resize({ rows: 50, columns: 132 });
      terminal.stdin.write('go\n');
      expect(await terminal.ended).toBe(7);
      expect(said).toContain('50 132');
    });

    test('whose signal becomes 128 + n', async () => {
      expect((await host.run('sh -c "kill -KILL \\$\\$"')).code).toBe(137);
    });

    test('with every hostile word as it was written', async () => {
      const words = [
        '$(touch canary)',
        '`id`',
        "it's",
        '"',
        '\\',
        'a\nb',
        '*',
        '~',
        '-n',
        '',
        ' ',
        'größe',
        '#end',
        '\t!',
      ];
      const { stdout } = await host.run(`printf '%s\\0' ${words.map(quoteWord).join(' ')}`);
      expect(stdout.split('\0').slice(0, -1)).toEqual(words);
    });

    test('of 300 KB, none of which is ever an argument', async () => {
      const secret = randomBytes(12).toString('hex');
      const filler = `# ${'x'.repeat(1000)}\n`.repeat(300);
      const { stdout } = await host.run(
        `${filler}password=${secret}; cat /proc/[0-9]*/cmdline | tr '\\0' ' '; echo done`,
      );
      expect(stdout).toMatch(/done\n$/);
      expect(stdout).not.toContain(secret);
    });

    test('that reads nothing unless it is given something', async () => {
      expect((await host.run('cat; echo end')).stdout).toBe('end\n');
    });

    test('with a buffer as its input, to the byte', async () => {
      const bytes = seededBytes(200_001);
      const { stdout } = await host.run('sha256sum; echo after', { stdin: bytes });
      expect(stdout).toBe(`${createHash('sha256').update(bytes).digest('hex')}  -\nafter\n`);
    });

    test.each([
      ['announced', true],
      ['not announced', false],
    ])('with a stream whose size is %s', async (_, announced) => {
      const chunks = Array.from({ length: 50 }, () => seededBytes(70_001));
      const all = Buffer.concat(chunks);
      const options = announced ? { stdinBytes: all.length } : {};
      const { stdout } = await host.run('sha256sum', { stdin: Readable.from(chunks), ...options });
      expect(stdout).toBe(`${createHash('sha256').update(all).digest('hex')}  -\n`);
    });

    test('that leaves its input unread', async () => {
      const stdin = Readable.from(Array.from({ length: 100 }, () => Buffer.alloc(1_000_000)));
      expect(await host.run('head -c 3 | wc -c; exit 5', { stdin })).toMatchObject({ code: 5, stdout: '3\n' });
    });

    test('and refuses an input shorter than announced', async () => {
      const stdin = Readable.from([Buffer.from('abc')]);
      await expect(host.run('cat', { stdin, stdinBytes: 5 })).rejects.toThrow('an input announced with 5 bytes has 3');
    });

    test('and takes what it left in the background with it', async () => {
      await host.run(`${sleep} & exit 0`);
      expect(await running(sleep)).toBe(0);
    });
  });

  describe('a noisy script', () => {
    test('of 100 MB costs bounded memory and keeps its last bytes', async () => {
      const before = process.memoryUsage().rss;
      const result = await host.run('yes 0123456789 | head -c 104857600; echo; echo last', { keepBytes: 1000 });
      expect(result.stdout).toHaveLength(1000);
      expect(result.stdout).toMatch(/0123456789\n\d+\nlast\n$/);
      expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
    });

    test('gives whole lines, each of its stream, none longer than 64 KiB, whatever bytes come', async () => {
      const lines: [number, string][] = [];
      const script = `printf 'a\\377b\\033[31m\\r\\n'; head -c 200000 /dev/zero | tr '\\0' x; printf '\\nlast'; echo err >&2`;
      await host.run(script, { onLine: (line, stream) => lines.push([stream, line]) });
      expect(lines.filter(([stream]) => stream === 1).map(([, line]) => line)).toEqual([
        'a\uFFFDb\u001B[31m',
        'x'.repeat(65_536),
        'last',
      ]);
      expect(lines.filter(([stream]) => stream === 2)).toEqual([[2, 'err']]);
    });
  });

  describe('remote work ends', () => {
    test('when its signal aborts, children and those that ignore TERM too', async () => {
      const controller = new AbortController();
      const script = `${sleep} & sh -c 'trap "" TERM; ${sleep}; ${sleep}' & echo ready; wait`;
      const result = await host.run(script, { signal: controller.signal, onLine: () => controller.abort() });
      expect(result).toMatchObject({ code: null, ended: 'aborted', stdout: 'ready\n' });
      expect(await running(sleep)).toBe(0);
    });

    test('at its deadline', async () => {
      const result = await host.run(`echo begun; ${sleep}`, { deadlineMs: 200 });
      expect(result).toMatchObject({ code: null, ended: 'deadline', stdout: 'begun\n' });
      expect(await running(sleep)).toBe(0);
    });

    test('without beginning when it was aborted before', async () => {
      const before = host.meter.roundTrips;
      expect(await host.run('true', { signal: AbortSignal.abort() })).toMatchObject({ code: null, ended: 'aborted' });
      expect(host.meter.roundTrips).toBe(before);
    });

    test('in the middle of its input', async () => {
      const controller = new AbortController();
      const endless = Readable.from(
        (async function* () {
          for (;;) {
            yield Buffer.alloc(100_000);
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        })(),
      );
      setTimeout(() => controller.abort(), 300);
      const result = await host.run(`cat >/dev/null & ${sleep}`, { stdin: endless, signal: controller.signal });
      expect(result.ended).toBe('aborted');
      expect(await running(sleep)).toBe(0);
    });

    test('when the controller is killed by SIGKILL', async () => {
      const controller = await buildController(`
        import { createPool } from './src/transport/pool.ts';
        async function main({ options, script }: { options: never; script: string }) {
          const host = await createPool(() => options).open('127.0.0.1');
          await host.run(script, { onLine: (line) => console.log(line) });
        }`);
      let child: ChildProcess | undefined;
      try {
        child = controller.start({ options: sshd.options(), script: `echo ready; ${sleep} & ${sleep}` });
        await once(child.stdout!, 'data');
        await expect.poll(() => running(sleep)).toBe(2);
        child.kill('SIGKILL');
        await expect.poll(() => running(sleep)).toBe(0);
      } finally {
        child?.kill('SIGKILL');
        controller.remove();
      }
    });

    test('for us, when its host falls silent: at the deadline, and the program ends too', async () => {
      const controller = await buildController(`
        import { createPool } from './src/transport/pool.ts';
        async function main({ options, script }: { options: never; script: string }) {
          const pool = createPool(() => options);
          const host = await pool.open('127.0.0.1');
          const startedMs = performance.now();
          const result = await host.run(script, { deadlineMs: 3000, letGoMs: 100 });
          const tookMs = performance.now() - startedMs;
          await pool.closeAll();
          console.log(JSON.stringify({ ...result, tookMs }));
        }`);
      // the session's sshd is the parent of the leash, which leads the process group
      const script = 'sshd=$(ps -o ppid= -p $(ps -o pgid= -p $$)); echo $sshd; sleep 0.3; kill -STOP $sshd; sleep 600';
      const child = controller.start({ options: sshd.options(), script });
      let said = '';
      child.stdout!.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      const timer = setTimeout(() => child.kill('SIGKILL'), 40_000);
      const [code] = (await once(child, 'exit')) as [number | null];
      clearTimeout(timer);
      controller.remove();
      const result = JSON.parse(said) as RunResult & { tookMs: number };
      const sshdPid = Number(result.stdout);
      expect(sshdPid).toBeGreaterThan(1);
      process.kill(sshdPid, 'SIGKILL');
      expect([code, result.ended, result.code]).toEqual([0, 'deadline', null]);
      // 3 s; patience with a dead connection would add 12
      expect(result.tookMs).toBeLessThan(12_000);
    });

    test('when the connection is cut, which is a lost host and not a failed script', async () => {
      const own = createPool(() => sshd.options());
      const cut = await own.open('127.0.0.1');
      const going = cut.run(`echo ready; ${sleep}`, { onLine: () => void cut.close() });
      await expect(going).rejects.toMatchObject({ code: 'lost', host: '127.0.0.1' });
      await expect.poll(() => running(sleep)).toBe(0);
    });
  });

  describe('HTTP through the connection', () => {
    test('brings status, headers and body of a server that only the host reaches', async () => {
      const server = createServer((incoming, answer) => {
        let body = '';
        incoming.on('data', (chunk) => {
          body += chunk;
        });
        incoming.on('end', () => answer.writeHead(201, { 'x-path': incoming.url }).end(`${incoming.method} ${body}`));
      });
      const port = await freePort();
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      const asked = { port, path: '/v1?x=1', method: 'POST', body: 'größe', timeoutMs: 5000 };
      expect(await request(host, asked)).toMatchObject({
        status: 201,
        body: 'POST größe',
        headers: { 'x-path': '/v1?x=1' },
      });
      server.close();
    });

    test('says that nothing listens', async () => {
      const port = await freePort();
      await expect(request(host, { port, path: '/', timeoutMs: 5000 })).rejects.toMatchObject({
        code: 'refused-channel',
        message: `nothing accepts connections on port ${port} of 127.0.0.1`,
      });
    });

    test('gives a silent server up after its time', async () => {
      const server = createServer(() => {});
      const port = await freePort();
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      await expect(request(host, { port, path: '/health', timeoutMs: 200 })).rejects.toMatchObject({
        code: 'timeout',
        message: `http://127.0.0.1:${port}/health did not answer within 0.2 s`,
      });
      server.closeAllConnections();
      server.close();
    });

    test('tells an answer that is no HTTP from none', async () => {
      const { createServer: tcp } = await import('node:net');
      const server = tcp((socket) => socket.end('hello\n'));
      const port = await freePort();
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      await expect(request(host, { port, path: '/', timeoutMs: 2000 })).rejects.toMatchObject({ code: 'broken' });
      server.close();
    });
  });
});

/** Processes of this machine with exactly that command line. */
async function running(command: string): Promise<number> {
  const listed = execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' }).split('\n');
  return listed.filter((line) => !line.startsWith('Z') && line.replace(/^\S+\s+/, '') === command).length;
}
