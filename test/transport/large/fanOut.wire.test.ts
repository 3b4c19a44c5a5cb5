import { execFileSync, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FanOut } from '../../../src/transport/large/fanOut.ts';
import { partPath } from '../../../src/transport/large/part.ts';
import { Relay } from '../../../src/transport/large/relay.ts';
import { Transfers } from '../../../src/transport/large/transfers.ts';
import { createPool, type Pool } from '../../../src/transport/pool.ts';
import type { ProcessHost } from '../../../src/transport/process.ts';
import { RateLimit } from '../../../src/transport/rate.ts';
import relaySource from '../../../templates/relay.py';
import { countStreamed } from '../../fakes/countStreamed.ts';
import { mountMissing } from '../../fakes/mount.ts';
import { seededBytes } from '../../fakes/seededBytes.ts';
import { type FakeSshd, sshdMissing, startSshd } from '../../fakes/sshd.ts';
import { unless } from '../../fakes/unless.ts';

const MIB = 1024 * 1024;
const missing = sshdMissing() ?? (existsSync('/usr/bin/python3') ? null : 'python3 is not installed');

const noMount = mountMissing();

/** Hosts of one machine: each has its own address, and one server answers on all. */
const hosts = (count: number) => Array.from({ length: count }, (_, i) => `127.0.0.${21 + i}`);

describe('a large file that hosts pass on', unless(missing), () => {
  let sshd: FakeSshd;
  let pool: Pool;
  let folder: string;
  let local: string;
  beforeAll(async () => {
    sshd = await startSshd({ ListenAddress: '0.0.0.0', MaxStartups: '100' });
    const key = readFileSync(`${sshd.hostKey}.pub`, 'utf8');
    writeFileSync(sshd.knownHosts, ['127.0.0.1', ...hosts(12)].map((host) => `[${host}]:${sshd.port} ${key}`).join(''));
    pool = createPool((address) => ({ ...sshd.options(), address }));
  });
  afterAll(async () => {
    await pool?.closeAll();
    sshd?.stop();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'omniplace-fan-'));
    local = join(folder, 'image.tar');
    return () => rmSync(folder, { recursive: true, force: true });
  });

  /** Each host has its own folder, since they share the disk. */
  const partOf = (host: string) => ({ folder: join(folder, host), name: 'image' });
  const sent = async (list: readonly string[]) => {
    const bytes = await Promise.all(list.map(async (host) => (await pool.open(host)).meter.bytesSent));
    return bytes.reduce((sum, one) => sum + one, 0);
  };
  const begin = (limit: RateLimit | null = null) => {
    const notices: string[] = [];
    const fanOut = new FanOut(pool.open, (text) => notices.push(text));
    return { notices, transfers: new Transfers(pool.open, limit, fanOut) };
  };

  test('leaves this machine exactly three times, and ends whole and verified everywhere', async () => {
    const bytes = seededBytes(6 * MIB);
    writeFileSync(local, bytes);
    const list = hosts(12);
    const before = await sent(list);
    const { notices, transfers } = begin();
    const source = await transfers.source(local);
    const fileBytes = countStreamed(source);
    const said: string[] = [];
    const bring = (host: string) =>
      transfers.bring(host, source, partOf(host), { onProgress: (text) => said.push(text) });
    await Promise.all(list.map(bring));
    expect(fileBytes()).toBe(3 * bytes.length);
    for (const host of list) expect(readFileSync(partPath(partOf(host), source)).equals(bytes)).toBe(true);
    // scripts and what is said to helpers beside it: kilobytes for each host
    expect((await sent(list)) - before).toBeLessThan(3 * bytes.length + list.length * 64 * 1024);
    expect(notices).toEqual([]);
    expect(said.some((text) => /^6\.0 of 6\.0 MiB, .*, from 127\.0\.0\.\d+$/.test(text))).toBe(true);
    await transfers.close();
    expect(helpers(folder)).toEqual([]);
  });

  test('reaches hosts that come late, from hosts whose own copy is used up', async () => {
    const bytes = seededBytes(MIB);
    writeFileSync(local, bytes);
    const { transfers } = begin();
    const source = await transfers.source(local);
    const [late = '', ...early] = hosts(5);
    await Promise.all(early.map((host) => transfers.bring(host, source, partOf(host), {})));
    for (const host of early) rmSync(partPath(partOf(host), source));
    const before = await sent([late]);
    await transfers.bring(late, source, partOf(late), {});
    expect((await sent([late])) - before).toBeLessThan(0.2 * MIB);
    expect(readFileSync(partPath(partOf(late), source)).equals(bytes)).toBe(true);
    await transfers.close();
  });

  test('is sent another way when a host dies that passed it on', async () => {
    const bytes = seededBytes(12 * MIB);
    writeFileSync(local, bytes);
    const list = hosts(9);
    const { notices, transfers } = begin(new RateLimit(9 * MIB));
    const source = await transfers.source(local);
    let dead: string | null = null;
    const die = (host: string): void => {
      dead = host;
      for (const pid of helpers(partPath(partOf(host), source))) process.kill(pid, 'SIGKILL');
    };
    const bring = (host: string) =>
      transfers.bring(host, source, partOf(host), {
        // one that is sent its copy from here, and gives it on
        onProgress: (text, fraction) => dead === null && fraction > 0.3 && !text.includes('from') && die(host),
      });
    await Promise.all(list.map(bring));
    for (const host of list) expect(readFileSync(partPath(partOf(host), source)).equals(bytes)).toBe(true);
    expect(notices).toContainEqual(
      expect.stringMatching(
        new RegExp(`gets no more of .*image\\.tar from ${dead} \\(.*\\): another source takes over`),
      ),
    );
    await transfers.close();
  });

  test('is sent another way when a host stalls that passed it on', async () => {
    const bytes = seededBytes(16 * MIB);
    writeFileSync(local, bytes);
    const list = hosts(6);
    const { notices, transfers } = begin(new RateLimit(12 * MIB));
    const source = await transfers.source(local);
    let stalled: string | null = null;
    const bring = (host: string) =>
      transfers.bring(host, source, partOf(host), {
        stallMs: 1500,
        onProgress: (text, fraction) => {
          if (stalled !== null || fraction < 0.2 || text.includes('from')) return;
          stalled = host;
          for (const pid of helpers(partPath(partOf(host), source))) process.kill(pid, 'SIGSTOP');
        },
      });
    await Promise.all(list.map(bring));
    for (const host of list) expect(readFileSync(partPath(partOf(host), source)).equals(bytes)).toBe(true);
    expect(notices).toEqual([
      expect.stringMatching(
        new RegExp(`gets no more of .*image\\.tar from ${stalled} \\(no byte for 2 s\\): another source takes over`),
      ),
    ]);
    for (const pid of helpers(folder)) process.kill(pid, 'SIGCONT');
    await transfers.close();
  });

  test('that fills the disk of a host is refused there, and passes on to the others', unless(noMount), async () => {
    const bytes = seededBytes(6 * MIB);
    writeFileSync(local, bytes);
    const list = hosts(5);
    const full = list.at(-1)!;
    const disk = partOf(full).folder;
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]);
    try {
      const { transfers } = begin(new RateLimit(9 * MIB));
      const source = await transfers.source(local);
      let isFilled = false;
      const bring = (host: string) =>
        transfers.bring(host, source, partOf(host), {
          onBytes: () => {
            if (host !== full || isFilled) return;
            isFilled = true;
            writeFileSync(join(disk, 'other'), Buffer.alloc(3 * MIB));
          },
        });
      const ended = await Promise.allSettled(list.map(bring));
      expect(ended.map(({ status }) => status)).toEqual([
        'fulfilled',
        'fulfilled',
        'fulfilled',
        'fulfilled',
        'rejected',
      ]);
      expect((ended.at(-1) as PromiseRejectedResult).reason).toMatchObject({
        code: 'no-room',
        message: expect.stringMatching(/^no room on 127\.0\.0\.25 for .*: \d+ bytes free on .*, \d+ bytes needed$/),
      });
      await transfers.close();
      expect(readdirSync(disk)).toEqual(['other']);
    } finally {
      execFileSync('umount', [disk]);
    }
  });

  test('is sent anew where what a host passed on was damaged', async () => {
    const bytes = seededBytes(4 * MIB);
    writeFileSync(local, bytes);
    const { notices, transfers } = begin();
    const source = await transfers.source(local);
    const [liar = '', honest = '', other = '', last = ''] = hosts(4);
    await Promise.all([liar, honest, other].map((host) => transfers.bring(host, source, partOf(host), {})));
    for (const host of [liar, honest, other]) writeFileSync(partPath(partOf(host), source), Buffer.alloc(bytes.length));
    await transfers.bring(last, source, partOf(last), {});
    expect(readFileSync(partPath(partOf(last), source)).equals(bytes)).toBe(true);
    expect(notices).toEqual([
      expect.stringMatching(/^.*image\.tar arrived damaged on 127\.0\.0\.24 by 127\.0\.0\.\d+: it is sent from here$/),
    ]);
    await transfers.close();
  });

  test('leaves no port open, and no helper behind', async () => {
    writeFileSync(local, seededBytes(MIB));
    const { transfers } = begin();
    const source = await transfers.source(local);
    await Promise.all(hosts(4).map((host) => transfers.bring(host, source, partOf(host), {})));
    expect(helpers(folder)).toHaveLength(4);
    expect(listening(helpers(folder))).toEqual([]);
    await transfers.close();
    expect(helpers(folder)).toEqual([]);
  });

  test('is given to nobody who does not know the token, and once to who does', async () => {
    const path = join(folder, 'part');
    writeFileSync(path, 'secret model');
    const [host = ''] = hosts(1);
    const relay = await Relay.start((await pool.open(host)) as ProcessHost, path, 12);
    const port = await relay.allow('right');
    expect(listening(helpers(path))).toHaveLength(1);
    expect(await ask(host, port, 'wrong')).toBe('');
    expect(await ask(host, port, 'right')).toBe('secret model');
    await expect(ask(host, port, 'right')).rejects.toThrow('ECONNREFUSED');
    expect(listening(helpers(path))).toEqual([]);
    relay.stop();
    await relay.ended;
    expect(helpers(path)).toEqual([]);
  });
});

test('a helper that hears nothing for 15 s ends by itself', unless(missing), async () => {
  const folder = mkdtempSync(join(tmpdir(), 'omniplace-fan-'));
  const helper = spawn('python3', ['-I', '-S', '-c', relaySource, join(folder, 'part'), '1', '127.0.0.1']);
  try {
    const [said] = (await once(helper.stdout, 'data')) as [Buffer];
    expect(said.toString()).toBe('ready\n');
    const begunMs = performance.now();
    helper.stdin.write('allow 1 token\n');
    const [code] = (await once(helper, 'exit')) as [number];
    expect(code).toBe(0);
    expect(performance.now() - begunMs).toBeGreaterThan(14_000);
  } finally {
    helper.kill();
    rmSync(folder, { recursive: true });
  }
});

/** As another host would. @returns what it is given */
function ask(host: string, port: number, token: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    let heard = '';
    let isGreeted = false;
    socket.on('data', (chunk: Buffer) => {
      heard += chunk;
      if (isGreeted || !heard.includes('\n')) return;
      isGreeted = true;
      socket.write(`0 ${createHmac('sha256', token).update(`${heard.trim()} 0`).digest('hex')}\n`);
      heard = '';
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(heard));
  });
}

/** Helpers whose file is at or below `path`. */
function helpers(path: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return argv[0]?.endsWith('python3') && argv.some((word) => word.startsWith(path));
      } catch {
        return false;
      }
    });
}

/** TCP ports (hexadecimal) that these processes listen at. */
function listening(pids: readonly number[]): string[] {
  const inodes = new Set(
    pids.flatMap((pid) =>
      readdirSync(`/proc/${pid}/fd`).map((fd) =>
        readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/^socket:\[(.*)\]$/, '$1'),
      ),
    ),
  );
  const sockets = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1);
  return sockets.flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    return state === '0A' && inodes.has(inode) ? [local] : [];
  });
}
