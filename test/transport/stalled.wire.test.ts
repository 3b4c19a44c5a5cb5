import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../src/files/digests.ts';
import { createPool } from '../../src/transport/pool.ts';
import { putFiles } from '../../src/transport/put.ts';
import { seededBytes } from '../fakes/seededBytes.ts';
import { type FakeSshd, sshdMissing, startSshd } from '../fakes/sshd.ts';
import { unless } from '../fakes/unless.ts';

const missing = sshdMissing();
const SIZE_BYTES = 64 * 1024 * 1024;

describe('a transfer that stalls without an error', unless(missing), () => {
  let sshd: FakeSshd;
  let folder: string;
  beforeAll(async () => {
    sshd = await startSshd();
    folder = mkdtempSync(join(tmpdir(), 'omniplace-stalled-'));
  });
  afterAll(() => {
    sshd?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('is noticed within the keepalive, names the host, and leaves no file under the final name', async () => {
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    writeFileSync(from, seededBytes(SIZE_BYTES));
    const sessions: number[] = [];
    const pool = createPool(() => sshd.options());
    const host = await pool.open('127.0.0.1');
    let stalledMs = 0;
    const file = { path: to, mode: 0o644, sha256: sha256(readFileSync(from)), sizeBytes: SIZE_BYTES };
    try {
      const putting = putFiles(host, [{ ...file, content: { localPath: from } }], {
        onProgress: () => {
          if (stalledMs > 0) return;
          stalledMs = performance.now();
          sessions.push(...sessionsOf(sshd.pid));
          for (const pid of sessions) process.kill(pid, 'SIGSTOP');
        },
      });
      await expect(putting).rejects.toThrow(
        /^lost the connection to 127\.0\.0\.1 port \d+ as .*: it stopped answering/,
      );
      expect(sessions.length).toBeGreaterThan(0);
      expect(performance.now() - stalledMs).toBeLessThan(15_000 * PATIENCE);
      expect(existsSync(to)).toBe(false);
    } finally {
      for (const pid of sessions) process.kill(pid, 'SIGKILL');
      await pool.closeAll();
    }
  }, 60_000);
});

// the verdict comes by timers of ours, which a busy machine delays
const PATIENCE = 2;

/** The server's children that talk with clients, and theirs. */
function sessionsOf(parent: number): number[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const children = all.flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [, parentOf] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(parentOf) === parent ? [Number(pid)] : [];
    } catch {
      return [];
    }
  });
  const sshds = children.filter((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('sshd'));
  return sshds.flatMap((pid) => [pid, ...sessionsOf(pid)]);
}
