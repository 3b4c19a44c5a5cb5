import { describe, expect, test } from 'vitest';
import { describeFaults, FAULTS } from '../../src/lab/faults/faults.ts';

describe('the faults of a lab host', () => {
  test('are all there', () => {
    expect(Object.keys(FAULTS).sort().join(' ')).toBe(
      'auth blackhole boot cut freeze killdocker killsess killsshd latency loss memlimit newhostkey noauth nodocker oldhostkey password poweroff rate reboot refuse rofs rwfs slowcpu slowdisk smalldisk startdocker startsshd thaw uncut unfilter unlatency unrate unslowcpu',
    );
  });

  test('are described one a line, with what they take', () => {
    const lines = describeFaults().split('\n');
    expect(lines).toHaveLength(Object.keys(FAULTS).length);
    expect(lines).toContain('cut          pull the network cable: nothing arrives, nobody is told');
    expect(lines).toContain(
      'latency      add milliseconds of round trip, half of them each way (--arg ms, default 50)',
    );
  });
});
