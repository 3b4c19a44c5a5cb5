import { describe, expect, it } from 'vitest';
import type { Step } from '../../src/plan/step.ts';
import { linesView } from '../../src/report/lines.ts';
import type { RunEvent } from '../../src/runner/event.ts';
import type { NodeName } from '../../src/topology/topology.ts';
import { Pace } from '../../src/transport/large/pace.ts';
import { stepEnded, stepOf } from './runEvents.ts';

const MIB = 1024 * 1024;

function started(step: Step, atMs: number): RunEvent {
  return { kind: 'step-started', atMs, step };
}

function progress(step: Step, atMs: number, text: string, fraction: number | null): RunEvent {
  return { kind: 'step-progress', atMs, step: step.id, text, fraction };
}

/** What stands in a log after these events, in the order of their time. */
function log(events: readonly RunEvent[]): string[] {
  let text = '';
  const emit = linesView(
    (words) => {
      text += words;
    },
    { verbose: false },
  );
  for (const event of [...events].sort((a, b) => a.atMs - b.atMs)) emit(event);
  return text.split('\n').slice(0, -1);
}

/** A transfer of 2 GiB that tells twice a second how far it is. */
function transfer(step: Step, mibPerSecond: number, untilMs: number): RunEvent[] {
  const pace = new Pace(2048 * MIB, 0, 0);
  const times = Array.from({ length: untilMs / 500 }, (_, i) => (i + 1) * 500);
  return [
    started(step, 0),
    ...times.map((atMs) => {
      const bytes = Math.min(2048, (mibPerSecond * atMs) / 1000) * MIB;
      return progress(step, atMs, pace.at(bytes, atMs), bytes / (2048 * MIB));
    }),
  ];
}

describe('progress where nothing can be drawn over', () => {
  const push = stepOf('run_docker', 'p0', '10.0.0.1', 'push');

  it('is a line every 10 s with how far, how fast and how long', () => {
    expect(log([...transfer(push, 64, 30_000), stepEnded(push, 0, 32_000)])).toEqual([
      '[  10.00]   p0   10.0.0.1 do push: 31 %, 640.0 of 2048.0 MiB, 64.0 MiB/s, 22 s left',
      '[  20.00]   p0   10.0.0.1 do push: 62 %, 1280.0 of 2048.0 MiB, 64.0 MiB/s, 12 s left',
      '[  30.00]   p0   10.0.0.1 do push: 93 %, 1920.0 of 2048.0 MiB, 64.0 MiB/s, 2 s left',
      '[  32.00]   p0   10.0.0.1 do push: changed (32.0 s)',
    ]);
  });

  it('is left out for what is done sooner', () => {
    expect(log([...transfer(push, 2048, 9_500), stepEnded(push, 0, 9_600)])).toHaveLength(1);
  });

  it('shows the slowest, and how many there are beside them', () => {
    const steps = Array.from({ length: 11 }, (_, i) => stepOf('run_docker', `d${i}` as NodeName, `10.0.1.${i}`));
    const lines = log(steps.flatMap((step, i) => transfer(step, 10 + i, 30_000)));
    expect(lines.slice(0, 9)).toEqual([
      '[  10.00]   d0   10.0.1.0 do a: 4 %, 100.0 of 2048.0 MiB, 10.0 MiB/s, 3 min 15 s left',
      // the others will tell of the last half second only after this one
      '[  10.00]   d1   10.0.1.1 do a: 5 %, 104.5 of 2048.0 MiB, 11.0 MiB/s, 2 min 57 s left',
      '[  10.00]   d2   10.0.1.2 do a: 5 %, 114.0 of 2048.0 MiB, 12.0 MiB/s, 2 min 42 s left',
      '[  10.00]   d3   10.0.1.3 do a: 6 %, 123.5 of 2048.0 MiB, 13.0 MiB/s, 2 min 29 s left',
      '[  10.00]   d4   10.0.1.4 do a: 6 %, 133.0 of 2048.0 MiB, 14.0 MiB/s, 2 min 17 s left',
      '[  10.00]   d5   10.0.1.5 do a: 6 %, 142.5 of 2048.0 MiB, 15.0 MiB/s, 2 min 08 s left',
      '[  10.00]   d6   10.0.1.6 do a: 7 %, 152.0 of 2048.0 MiB, 16.0 MiB/s, 1 min 59 s left',
      '[  10.00]   d7   10.0.1.7 do a: 7 %, 161.5 of 2048.0 MiB, 17.0 MiB/s, 1 min 51 s left',
      '[  10.00]   and 3 others further on',
    ]);
    expect(lines).toHaveLength(27);
  });

  it('says since when nothing has come', () => {
    const other = stepOf('run_docker', 'd0', '10.0.0.2', 'push');
    const stalled = [started(other, 0), progress(other, 4_000, '1.0 of 8.0 MiB', 0.125)];
    expect(log([...transfer(push, 64, 20_000), ...stalled])).toEqual([
      '[  10.00]   d0   10.0.0.2 do push: 12 %, 1.0 of 8.0 MiB',
      '[  10.00]   p0   10.0.0.1 do push: 31 %, 640.0 of 2048.0 MiB, 64.0 MiB/s, 22 s left',
      '[  20.00]   d0   10.0.0.2 do push: 12 %, 1.0 of 8.0 MiB, nothing new for 16 s',
      '[  20.00]   p0   10.0.0.1 do push: 62 %, 1280.0 of 2048.0 MiB, 64.0 MiB/s, 12 s left',
    ]);
  });

  it('is told once a minute where a server is waited for, in its own words', () => {
    const until = { probes: [], noProgressMs: 1, showing: 'x' } as never;
    const wait: Step = { ...stepOf('run_server', 'd0', '10.0.0.2', 'wait'), action: { kind: 'wait', until } as never };
    const looks = Array.from({ length: 70 }, (_, i) => progress(wait, (i + 1) * 2_000, '2 of 4 ready', 0.5));
    expect(log([started(wait, 0), ...looks])).toEqual([
      '[  60.00]   d0   10.0.0.2 do wait: 2 of 4 ready',
      '[ 120.00]   d0   10.0.0.2 do wait: 2 of 4 ready',
    ]);
  });

  it('lets rsync say its percentage itself, and no host move the cursor', () => {
    const lines = log([started(push, 0), progress(push, 10_000, '12.0 MiB, 40 %\u001b[2J', 0.4)]);
    expect(lines).toEqual(['[  10.00]   p0   10.0.0.1 do push: 12.0 MiB, 40 %']);
  });
});
