import { afterEach, expect, it, vi } from 'vitest';
import { showWaiting } from '../../../src/operations/status/waiting.ts';

afterEach(() => void vi.useRealTimers());

/** What is printed while a token is waited for. */
async function printed(isTTY: boolean, seconds: number): Promise<string> {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  let text = '';
  const write = (part: string) => {
    text += part;
  };
  const err = { isTTY, write } as unknown as NodeJS.WriteStream;
  const waiting = showWaiting(Promise.resolve(), 30_000, err);
  await Promise.resolve();
  vi.advanceTimersByTime(seconds * 1_000);
  waiting.end();
  return text;
}

it('counts on a terminal how long the token takes, and takes the line back', async () => {
  expect((await printed(true, 2)).split('\r\u001b[K')).toEqual([
    '',
    'facts are in; waiting for a token: 1 s (up to 30 s, see --timeout)',
    'facts are in; waiting for a token: 2 s (up to 30 s, see --timeout)',
    '',
  ]);
});

it('prints it once elsewhere', async () => {
  expect(await printed(false, 12)).toBe('facts are in; waiting for a token: 5 s (up to 30 s, see --timeout)\n');
  expect(await printed(false, 4)).toBe('');
});
