import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { behindMark } from '../../src/transport/behindMark.ts';
import { createPool } from '../../src/transport/pool.ts';
import { syncFolder } from '../../src/transport/sync.ts';
import { sshdMissing, startSshd } from '../fakes/sshd.ts';
import { unless } from '../fakes/unless.ts';

const missing = sshdMissing();

describe('what stands behind the mark', () => {
  const behind = (...chunks: readonly string[]): Promise<string> => {
    const stream = new PassThrough();
    const answer = text(behindMark(stream, 'mark\n'));
    for (const chunk of chunks) stream.write(chunk);
    stream.end();
    return answer;
  };

  test('is the answer, however it is cut into pieces', async () => {
    expect(await behind('Welcome\nmark\nanswer\nmark\n')).toBe('answer\nmark\n');
    expect(await behind('Welc', 'ome ma', 'rk', '\nans', 'wer')).toBe('answer');
    expect(await behind('mark\n')).toBe('');
  });

  test('is what was said instead where it never comes', async () => {
    expect(await behind('This account is ', 'not available.\n')).toBe('This account is not available.\n');
    expect((await behind('x'.repeat(700_000), 'y'.repeat(700_000))).length).toBe(1_400_000);
  });
});

describe('a login that prints a banner before every command', unless(missing), () => {
  test('changes no answer, neither of a script nor of rsync', async () => {
    const sshd = await startSshd({ ForceCommand: `echo '*** Welcome ***'; eval "$SSH_ORIGINAL_COMMAND"` });
    const pool = createPool(() => sshd.options());
    const folder = mkdtempSync(join(tmpdir(), 'omniplace-banner-'));
    try {
      const host = await pool.open('127.0.0.1');
      expect(await host.run('echo answer; exit 3')).toMatchObject({ code: 3, stdout: 'answer\n' });
      writeFileSync(join(folder, 'a'), 'code');
      expect(await syncFolder(host, folder, join(folder, 'there'))).toMatch(/^sent 0\.0 MiB by rsync$/);
      expect(readFileSync(join(folder, 'there/a'), 'utf8')).toBe('code');
    } finally {
      await pool.closeAll();
      sshd.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('and one that runs no commands is an error that quotes it', async () => {
    const sshd = await startSshd({ ForceCommand: 'echo This account is currently not available.; exit 1' });
    const pool = createPool(() => sshd.options());
    try {
      const { user } = sshd.options().login;
      await expect((await pool.open('127.0.0.1')).run('true')).rejects.toMatchObject({
        code: 'no-shell',
        message: `127.0.0.1 port ${sshd.port} as ${user} does not run commands: it printed "This account is currently not available." and ended with exit code 1`,
        hint: `the account needs a login shell that runs commands, and no forced command; try: ssh -p ${sshd.port} ${user}@127.0.0.1 echo ok`,
      });
    } finally {
      await pool.closeAll();
      sshd.stop();
    }
  });

  test('and one that does not end either is quoted when the deadline is over', async () => {
    const sshd = await startSshd({ ForceCommand: 'echo Welcome to gateway; exec sleep 20' });
    const pool = createPool(() => sshd.options());
    try {
      const host = await pool.open('127.0.0.1');
      await expect(host.run('true', { deadlineMs: 500, letGoMs: 200 })).rejects.toMatchObject({
        code: 'no-shell',
        message: expect.stringMatching(/does not run commands: it printed "Welcome to gateway" and did not end$/),
      });
    } finally {
      await pool.closeAll();
      sshd.stop();
    }
  });

  test('and one that hangs without a word is past its deadline', async () => {
    const sshd = await startSshd({ ForceCommand: 'exec sleep 20' });
    const pool = createPool(() => sshd.options());
    try {
      const host = await pool.open('127.0.0.1');
      expect(await host.run('true', { deadlineMs: 500, letGoMs: 200 })).toMatchObject({
        code: null,
        ended: 'deadline',
      });
    } finally {
      await pool.closeAll();
      sshd.stop();
    }
  });

  test('and a restricted login shell is named', async () => {
    const sshd = await startSshd({ ForceCommand: 'SHELL=/bin/rbash exec bash -r -c "$SSH_ORIGINAL_COMMAND"' });
    const pool = createPool(() => sshd.options());
    try {
      await expect((await pool.open('127.0.0.1')).run('true')).rejects.toMatchObject({
        code: 'no-shell',
        message: expect.stringMatching(
          /does not run commands: its login shell \/bin\/rbash printed ".*exec: restricted" and ended with exit code (1|127)$/,
        ),
      });
    } finally {
      await pool.closeAll();
      sshd.stop();
    }
  });
});
