import { describe, expect, it } from 'vitest';
import { clockOf, timeOf } from '../../../src/operations/logs/logTime.ts';

const UTC = { zoneMin: 0, year: 2026 };
const at = (iso: string) => Date.parse(iso);

describe('the time of a log line', () => {
  it.each([
    ['INFO 11-21 22:50:01 [lab] ready', '2026-11-21T22:50:01Z'],
    ['(EngineCore_0 pid=12) WARNING 01-02 03:04:05 [x.py:1] slow', '2026-01-02T03:04:05Z'],
    ['2026-11-21 22:50:01,123 - omni - INFO - x', '2026-11-21T22:50:01.123Z'],
    ['2026-11-21T22:50:01+08:00 x', '2026-11-21T14:50:01Z'],
    ['2026/11/21 22:50:01 [notice] 12#12: start', '2026-11-21T22:50:01Z'],
    ['10.0.0.1 - - [21/Nov/2026:22:50:01 +0800] "GET / HTTP/1.1"', '2026-11-21T14:50:01Z'],
  ])('is read from %s', (line, iso) => {
    expect(timeOf(line, UTC)).toBe(at(iso));
  });

  it('is none in a traceback, or far behind the beginning of a line', () => {
    expect(timeOf('  File "x.py", line 12, in main', UTC)).toBeNull();
    expect(timeOf(`${'x'.repeat(200)} 2026-11-21 22:50:01`, UTC)).toBeNull();
    expect(timeOf('from 2026-11 12:00', UTC)).toBeNull();
  });

  it('counts the zone of the file where the stamp has none', () => {
    expect(timeOf('INFO 11-21 22:50:01 x', { zoneMin: 480, year: 2026 })).toBe(at('2026-11-21T14:50:01Z'));
  });
});

describe('the clock of a log', () => {
  const writtenS = at('2026-11-21T14:50:02Z') / 1000;

  it('is that by which its last stamp was written when the file was', () => {
    expect(clockOf(['INFO 11-21 22:50:01 x', '  traceback'], writtenS, '+0000')).toEqual({ zoneMin: 480, year: 2026 });
    expect(clockOf(['INFO 11-21 14:50:01 x'], writtenS, '+0800')).toEqual({ zoneMin: 0, year: 2026 });
  });

  it("is the host's where the last stamp is too old to tell", () => {
    expect(clockOf(['INFO 11-21 14:41:01 x'], writtenS, '+0530')).toEqual({ zoneMin: 330, year: 2026 });
    expect(clockOf(['no stamp'], writtenS, '-0100')).toEqual({ zoneMin: -60, year: 2026 });
  });

  it('knows the year of a stamp without one, over the turn of the year too', () => {
    const newYear = at('2027-01-01T00:00:30Z') / 1000;
    expect(clockOf(['INFO 12-31 23:59:58 x'], newYear, '+0000')).toEqual({ zoneMin: 0, year: 2026 });
  });
});
