import { expect, it } from 'vitest';
import { progressOf } from '../../../src/operations/pattern/progress.ts';

it('is said every five seconds at first, and later whenever half as much again has passed', () => {
  const said: string[] = [];
  const tick = progressOf((line) => said.push(line));
  for (let elapsedMs = 0; elapsedMs <= 120_000; elapsedMs += 100) tick(elapsedMs);
  expect(said).toEqual(['5', '10', '15', '23', '34', '51', '76', '114'].map((seconds) => `solving for ${seconds} s`));
});
