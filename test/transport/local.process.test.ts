import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RunOptions } from '../../src/transport/host.ts';
import { buildController } from '../fakes/controller.ts';
import { LocalHost } from '../fakes/localHost.ts';
import { unless } from '../fakes/unless.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-local-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(['dash', 'bash', 'busybox'])('the leash, where sh is %s', (shell) => {
  const path = which(shell);
  const notInstalled = path === null ? `${shell} is not installed` : null;
  beforeEach(() => {
    if (path === null) return;
    mkdirSync(join(folder, 'bin'));
    symlinkSync(path, join(folder, 'bin/sh'));
    // busybox' own dd, sleep and grep too, which know fewer options
    if (shell === 'busybox') for (const tool of ['dd', 'sleep', 'grep']) symlinkSync(path, join(folder, 'bin', tool));
    vi.stubEnv('PATH', `${folder}/bin:${process.env.PATH}`);
  });
  const host = new LocalHost('here');

  test('runs a script, with input and without', unless(notInstalled), async () => {
    const script = 'cat | wc -c; echo err >&2; exit 7';
    const chunks = [Buffer.alloc(70_000), Buffer.alloc(1_000_000)];
    expect(await host.run(script)).toMatchObject({ code: 7, stdout: '0\n', stderr: 'err\n' });
    expect(await host.run(script, { stdin: Buffer.alloc(65_536) })).toMatchObject({ code: 7, stdout: '65536\n' });
    expect(await host.run(script, { stdin: Readable.from(chunks) })).toMatchObject({
      code: 7,
      stdout: '1070000\n',
      stderr: 'err\n',
    });
  });

  test(
    'lets a script read its input itself, and ends it before and after all the same',
    unless(notInstalled),
    async () => {
      const bytes = Buffer.alloc(200_001, 'x');
      const direct = (script: string, options: RunOptions = {}) =>
        host.run(script, { stdin: Readable.from([bytes]), stdinBytes: bytes.length, stdinDirect: true, ...options });
      expect(await direct('take 200001 2>/dev/null | wc -c; taken; cat; exit 3')).toMatchObject({
        code: 3,
        stdout: '200001\n',
        ended: 'exit',
      });
      const cleaning = (wait: string) => `trap 'echo cleaned; exit 9' TERM; take 200001 >/dev/null 2>&1; ${wait}`;
      // its own cleaning up is waited for: who kills it 2 s later lets it say nothing
      const cut = { deadlineMs: 1500 };
      expect(await direct(cleaning('taken; sleep 60 & wait'), cut)).toMatchObject({
        stdout: 'cleaned\n',
        ended: 'deadline',
      });
      expect(await direct('cat | wc -c', cut)).toMatchObject({ stdout: '200001\n', ended: 'deadline' });
    },
  );

  test('ends a script and all it started', unless(notInstalled), async () => {
    const mark = `4${process.pid}${Math.floor(Math.random() * 1e6)}`;
    const result = await host.run(`sleep ${mark} & sleep ${mark}`, { deadlineMs: 300 });
    expect(result).toMatchObject({ code: null, ended: 'deadline' });
    await host.run(`cat > /dev/null; sleep ${mark} & sleep ${mark}`, { stdin: Buffer.from('x'), deadlineMs: 300 });
    expect(running(`sleep ${mark}`)).toBe(0);
  });
});

test('work that never reads its input ends too when the controller is killed', async () => {
  const controller = await buildController(`
    import { LocalHost } from './test/fakes/localHost.ts';
    async function main(script: string) {
      await new LocalHost('here').run(script, { stdin: Buffer.alloc(5_000_000), onLine: (line) => console.log(line) });
    }`);
  const sleep = `sleep 4${process.pid}${Math.floor(Math.random() * 1e6)}`;
  const child = controller.start(`echo ready; ${sleep}`);
  try {
    await once(child.stdout!, 'data');
    await expect.poll(() => running(sleep)).toBe(1);
    child.kill('SIGKILL');
    await expect.poll(() => running(sleep)).toBe(0);
  } finally {
    child.kill('SIGKILL');
    controller.remove();
  }
});

test('a folder is synced by the bundled program as by this one', async () => {
  const controller = await buildController(`
    import { LocalHost } from './test/fakes/localHost.ts';
    import { syncFolder } from './src/transport/sync.ts';
    async function main({ from, to }: { from: string; to: string }) {
      console.log(await syncFolder(new LocalHost('here'), from, to));
    }`);
  try {
    mkdirSync(join(folder, 'from'));
    writeFileSync(join(folder, 'from/a'), 'x');
    const child = controller.start({ from: join(folder, 'from'), to: join(folder, 'to') });
    const [said] = await once(child.stdout!, 'data');
    expect(String(said)).toBe('sent 0.0 MiB by rsync\n');
    expect(readFileSync(join(folder, 'to/a'), 'utf8')).toBe('x');
  } finally {
    controller.remove();
  }
});

function running(command: string): number {
  return execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line === command).length;
}

function which(program: string): string | null {
  try {
    return execFileSync('which', [program], { encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
}
