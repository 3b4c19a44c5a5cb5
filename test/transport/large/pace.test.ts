import { expect, test } from 'vitest';
import { Pace } from '../../../src/transport/large/pace.ts';

const MIB = 1024 * 1024;

test('a transfer says how far, how fast and how long', () => {
  const pace = new Pace(2048 * MIB, 0, 0);
  expect(pace.at(0, 500)).toBe('0.0 of 2048.0 MiB');
  expect(pace.at(480 * MIB, 5_000)).toBe('480.0 of 2048.0 MiB, 96.0 MiB/s, 17 s left');
});

test('what is small is told in KiB', () => {
  expect(new Pace(40_960, 0, 0).at(10_240, 1_000)).toBe('10.0 of 40.0 KiB, 10.0 KiB/s, 3 s left');
});

test('what was there before counts as done, but not as sent', () => {
  expect(new Pace(100 * MIB, 90 * MIB, 0).at(91 * MIB, 1_000)).toBe('91.0 of 100.0 MiB, 1.0 MiB/s, 9 s left');
});

test('the rate is that of the last seconds, so that a host that grows slow shows it', () => {
  const pace = new Pace(10_000 * MIB, 0, 0);
  for (let second = 1; second <= 60; second += 1) pace.at(100 * MIB * second, second * 1000);
  let said = '';
  for (let second = 1; second <= 15; second += 1) said = pace.at(6000 * MIB + MIB * second, 60_000 + second * 1000);
  expect(said).toBe('6015.0 of 10000.0 MiB, 1.0 MiB/s (was 100.0), 1 h 06 min left');
});

test('a host that gets slower and slower is seen within 10 s, and so is its recovery', () => {
  const pace = new Pace(10_000 * MIB, 0, 0);
  let bytes = 0;
  const after = (fromS: number, toS: number, mibPerSecond: number): string[] => {
    const said: string[] = [];
    for (let second = fromS + 1; second <= toS; second += 1) {
      bytes += mibPerSecond * MIB;
      said.push(pace.at(bytes, second * 1000));
    }
    return said;
  };
  const slowed = (said: readonly string[]) => said.findIndex((text) => text.includes('(was '));
  expect(slowed(after(0, 30, 80))).toBe(-1);
  expect(slowed(after(30, 60, 20))).toBe(-1);
  const seen = slowed(after(60, 90, 5));
  expect(seen).toBeGreaterThanOrEqual(0);
  expect(seen).toBeLessThan(10);
  expect(after(90, 120, 80).at(-1)).toBe('5550.0 of 10000.0 MiB, 80.0 MiB/s, 56 s left');
});
