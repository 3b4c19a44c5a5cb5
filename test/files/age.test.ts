import { expect, it } from 'vitest';
import { age } from '../../src/files/durations.ts';

it.each([
  [0, '0 s'],
  [59, '59 s'],
  [245, '4 min 05 s'],
  [7_500, '2 h 05 min'],
  [273_600, '3 d 04 h'],
])('writes an age in two units: %s s', (seconds, text) => {
  expect(age(seconds)).toBe(text);
});
