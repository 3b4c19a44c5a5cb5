import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { identityOf, isAlive, killIdentity, parseStat } from '../../src/lab/processIdentity.ts';
import { unless } from '../fakes/unless.ts';

describe('a process’s identity', () => {
  test('is read past a command with spaces and parentheses', () => {
    const rest = Array.from({ length: 18 }, (_, i) => i).join(' ');
    expect(parseStat(`42 (a) b (c)) S ${rest} 987654 0 0\n`)).toEqual({ pid: 42, startTicks: 987654 });
  });

  test('is none in a torn line', () => {
    expect(parseStat('42 (tini) S 1 2')).toBeNull();
    expect(parseStat('')).toBeNull();
  });

  test(
    'tells a process from another of the same pid, which is not killed',
    unless(process.platform === 'linux' ? null : 'needs Linux'),
    async () => {
      const child = spawn('sleep', ['60']);
      const identity = identityOf(child.pid!)!;
      const other = { ...identity, startTicks: identity.startTicks - 1 };
      expect([isAlive(identity), isAlive(other)]).toEqual([true, false]);
      killIdentity(other);
      expect(isAlive(identity)).toBe(true);
      killIdentity(identity);
      expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
      expect(isAlive(identity)).toBe(false);
    },
  );
});
