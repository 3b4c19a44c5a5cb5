import { describe, expect, it } from 'vitest';
import { withTraffic } from '../../../src/operations/cluster/trafficEvents.ts';
import type { RunEvent } from '../../../src/runner/event.ts';
import { FakeHost } from '../../fakes/fakeHost.ts';

describe('traffic events', () => {
  it('tell after probe, lease and each phase what went over the wire since', () => {
    const [h1, h2] = [new FakeHost('h1'), new FakeHost('h2')];
    const told: RunEvent[] = [];
    const emit = withTraffic(
      (event) => told.push(event),
      () => [h1, h2],
    );
    emit({ kind: 'probe-started', atMs: 0, hosts: ['h1', 'h2'] });
    h1.meter.roundTrips += 1;
    emit({ kind: 'host-probed', atMs: 5, host: 'h1', durationMs: 5, problem: null });
    h2.meter.roundTrips += 1;
    emit({ kind: 'host-probed', atMs: 6, host: 'h2', durationMs: 6, problem: null });
    h1.meter.roundTrips += 1;
    h1.meter.bytesSent += 100;
    emit({ kind: 'run-started', atMs: 7, run: 'r', steps: [] });
    emit({ kind: 'phase-started', atMs: 8, tag: 'verify', steps: [] });
    h2.meter.roundTrips += 2;
    h2.meter.bytesReceived += 7;
    emit({ kind: 'phase-ended', atMs: 9, tag: 'verify', failed: 0 });
    expect(told.filter(({ kind }) => kind === 'traffic')).toEqual([
      {
        kind: 'traffic',
        atMs: 6,
        during: 'probe',
        hosts: {
          h1: { roundTrips: 1, bytesSent: 0, bytesReceived: 0 },
          h2: { roundTrips: 1, bytesSent: 0, bytesReceived: 0 },
        },
      },
      {
        kind: 'traffic',
        atMs: 7,
        during: 'lease',
        hosts: { h1: { roundTrips: 1, bytesSent: 100, bytesReceived: 0 } },
      },
      {
        kind: 'traffic',
        atMs: 9,
        during: 'verify',
        hosts: { h2: { roundTrips: 2, bytesSent: 0, bytesReceived: 7 } },
      },
    ]);
    expect(told.map(({ kind }) => kind).indexOf('run-started')).toBe(5);
  });
});
