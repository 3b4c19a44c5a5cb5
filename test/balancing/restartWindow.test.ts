import { describe, expect, it } from 'vitest';
import { isWithin, nightOf, parseRestartWindow, restartWindowText } from '../../src/balancing/restartWindow.ts';

const at = (day: number, hour: number, minute = 0) => new Date(2026, 10, day, hour, minute);

describe('the hours in which servers may be restarted', () => {
  it('are read as they are written, and refused where they are none', () => {
    expect(parseRestartWindow('02:00-04:30')).toEqual({ from: 120, to: 270 });
    expect(parseRestartWindow(' 2:00-24:00 ')).toEqual({ from: 120, to: 1440 });
    expect(restartWindowText({ from: 120, to: 270 })).toBe('02:00-04:30');
    for (const text of ['', '2-4', '02:00', '25:00-26:00', '02:60-03:00', '02:00-02:00', '02:00-24:01', 'night'])
      expect(parseRestartWindow(text), text).toBeNull();
  });

  it('begin and end to the minute', () => {
    const window = parseRestartWindow('02:00-04:00')!;
    expect([at(5, 1, 59), at(5, 2), at(5, 3, 59), at(5, 4)].map((now) => isWithin(window, now))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(nightOf(window, at(5, 3))).toBe('2026-11-05');
  });

  it('go over midnight, and are one night on both sides of it', () => {
    const window = parseRestartWindow('22:00-04:00')!;
    expect([at(5, 21), at(5, 22), at(6, 0), at(6, 3, 59), at(6, 4)].map((now) => isWithin(window, now))).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
    expect([nightOf(window, at(5, 23)), nightOf(window, at(6, 1)), nightOf(window, at(6, 23))]).toEqual([
      '2026-11-05',
      '2026-11-05',
      '2026-11-06',
    ]);
    expect(nightOf(window, at(1, 1))).toBe('2026-10-31');
  });
});
