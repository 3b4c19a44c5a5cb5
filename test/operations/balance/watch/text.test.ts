import { describe, expect, it } from 'vitest';
import type { WatchDecision } from '../../../../src/balancing/watchDecide.ts';
import type { InstanceRound, WatchRound } from '../../../../src/balancing/watchRound.ts';
import { NEW_INSTANCE } from '../../../../src/balancing/watchState.ts';
import { watchMetrics } from '../../../../src/operations/balance/watch/metrics.ts';
import { metricsText } from '../../../../src/operations/balance/watch/prometheus.ts';
import { createWatchTeller, watchEndText, watchRoundJson } from '../../../../src/operations/balance/watch/text.ts';

const DECISION: WatchDecision = {
  layers: { balanced: 5, not_worth: 2, cooldown: 1 },
  moves: [],
  movedExperts: 0,
  par: 1.25,
  parPredicted: 1.25,
  stepTimeGain: 0,
};
const D0: InstanceRound = {
  name: 'D0',
  target: 'decode',
  host: '10.0.0.4',
  problem: null,
  state: {
    ...NEW_INSTANCE,
    stamp: '20261122_000000',
    step: 12,
    epoch: 3,
    closed: 12,
    loaded: 10,
    par: { before: 1.842, predicted: 1.021, after: 1.034 },
    tally: {
      moves: 61,
      swaps: { applied: 3, refused: 1, unanswered: 0 },
      decisions: { 'moved/gain': 7, 'kept/balanced': 40 },
    },
  },
  newWindows: 1,
  ageSeconds: 12.4,
  stalled: false,
  decision: DECISION,
  notes: [],
};
const round = (...instances: InstanceRound[]): WatchRound => ({
  at: '2026-11-22T05:30:12.000Z',
  round: 7,
  durationMs: 80,
  instances,
  restarts: [],
  problems: [],
});

describe('metrics', () => {
  it('are Prometheus text, each family once', () => {
    const P1: InstanceRound = {
      ...D0,
      name: 'P1',
      target: 'prefill',
      state: NEW_INSTANCE,
      ageSeconds: null,
      problem: 'x',
    };
    const text = metricsText(watchMetrics(round(D0, P1), 3));
    expect(
      text,
    ).toBe(`# HELP omniplace_balance_par Peak-to-average ratio of rank load, mean over layers: before and after by the counters, predicted for the last change.
# TYPE omniplace_balance_par gauge
omniplace_balance_par{target="decode",instance="D0",kind="before"} 1.842
omniplace_balance_par{target="decode",instance="D0",kind="predicted"} 1.021
omniplace_balance_par{target="decode",instance="D0",kind="after"} 1.034
# HELP omniplace_balance_moves_total Experts moved to ranks that did not hold them.
# TYPE omniplace_balance_moves_total counter
omniplace_balance_moves_total{target="decode",instance="D0"} 61
omniplace_balance_moves_total{target="prefill",instance="P1"} 0
# HELP omniplace_balance_swaps_total Swaps that the engine was asked for, by what became of them.
# TYPE omniplace_balance_swaps_total counter
omniplace_balance_swaps_total{target="decode",instance="D0",state="applied"} 3
omniplace_balance_swaps_total{target="decode",instance="D0",state="refused"} 1
omniplace_balance_swaps_total{target="decode",instance="D0",state="unanswered"} 0
omniplace_balance_swaps_total{target="prefill",instance="P1",state="applied"} 0
omniplace_balance_swaps_total{target="prefill",instance="P1",state="refused"} 0
omniplace_balance_swaps_total{target="prefill",instance="P1",state="unanswered"} 0
# HELP omniplace_balance_decisions_total Decisions on layers, one for each layer at each look that found a new window with load.
# TYPE omniplace_balance_decisions_total counter
omniplace_balance_decisions_total{target="decode",instance="D0",decision="kept",reason="balanced"} 40
omniplace_balance_decisions_total{target="decode",instance="D0",decision="moved",reason="gain"} 7
# HELP omniplace_balance_windows_total Windows that closed and were read.
# TYPE omniplace_balance_windows_total counter
omniplace_balance_windows_total{target="decode",instance="D0",load="yes"} 10
omniplace_balance_windows_total{target="decode",instance="D0",load="no"} 2
omniplace_balance_windows_total{target="prefill",instance="P1",load="yes"} 0
omniplace_balance_windows_total{target="prefill",instance="P1",load="no"} 0
# HELP omniplace_balance_newest_window_age_seconds Age of the newest window.
# TYPE omniplace_balance_newest_window_age_seconds gauge
omniplace_balance_newest_window_age_seconds{target="decode",instance="D0"} 15
# HELP omniplace_balance_stalled 1 where no window came for three times as long as one takes.
# TYPE omniplace_balance_stalled gauge
omniplace_balance_stalled{target="decode",instance="D0"} 0
omniplace_balance_stalled{target="prefill",instance="P1"} 0
# HELP omniplace_balance_up 1 where the last look at the instance succeeded.
# TYPE omniplace_balance_up gauge
omniplace_balance_up{target="decode",instance="D0"} 1
omniplace_balance_up{target="prefill",instance="P1"} 0
# HELP omniplace_balance_rounds_total Looks at all instances since the start of this process.
# TYPE omniplace_balance_rounds_total counter
omniplace_balance_rounds_total 7
# HELP omniplace_balance_last_round_timestamp_seconds When the last look ended, in seconds since 1970.
# TYPE omniplace_balance_last_round_timestamp_seconds gauge
omniplace_balance_last_round_timestamp_seconds 1795325412
`);
  });

  it('escape what the format gives a meaning, and write what numbers it has', () => {
    const samples = [
      { labels: { a: 'x"y\\z\nw' }, value: Number.NaN },
      { labels: {}, value: Number.POSITIVE_INFINITY },
      { labels: {}, value: -1.5e-7 },
    ];
    const family = { name: 'm', help: 'one\\two\nthree "four"', type: 'gauge' as const, samples };
    expect(metricsText([family, { ...family, name: 'empty', samples: [] }])).toBe(
      '# HELP m one\\\\two\\nthree "four"\n# TYPE m gauge\nm{a="x\\"y\\\\z\\nw"} NaN\nm +Inf\nm -1.5e-7\n',
    );
  });
});

describe('what is said of a round', () => {
  const told = (...rounds: WatchRound[]) => {
    const tell = createWatchTeller('02:00-04:00');
    return rounds.map((one) => tell(one));
  };

  it('is said again only when it is news', () => {
    const nothing =
      'D0: nothing moves at mean PAR 1.250: of 8 layers 5 balanced, 1 moved a short while ago, 2 not worth their move';
    const counts = { ...D0, decision: { ...DECISION, layers: { balanced: 4, not_worth: 3, cooldown: 1 } } };
    const other = { ...D0, decision: { ...DECISION, par: 1.02, layers: { balanced: 8 } } };
    expect(told(round(D0), round(D0), round(counts), round({ ...D0, decision: null }), round(other))).toEqual([
      [nothing],
      [],
      [],
      [],
      ['D0: nothing moves at mean PAR 1.020: of 8 layers 8 balanced'],
    ]);
  });

  it('says a fault again that had gone away, and not one that stays', () => {
    const tell = createWatchTeller(null);
    const fault = "cluster.yml can't be read, and nothing moves until it can: deployment: Did you mean `decode`?";
    const said = [fault, fault, null, fault].map((problem, i) =>
      tell({ ...round(), round: i + 1, problems: problem === null ? [] : [problem] }),
    );
    expect(said).toEqual([[fault], [], [], [fault]]);
  });

  it('names what waits for a restart, and for which hours', () => {
    const held = { ...DECISION, layers: { restart_window: 7, balanced: 1 }, parPredicted: 1.01, stepTimeGain: 0.076 };
    const line = (text: string) =>
      `D0: 7 of 8 layers would gain: mean PAR 1.250 -> 1.010 is predicted to save 7.6 % of a step; it takes a restart, ${text}`;
    expect(told(round({ ...D0, decision: held }))).toEqual([[line('which waits for 02:00-04:00')]]);
    expect(createWatchTeller(null)(round({ ...D0, decision: held }))).toEqual([
      line('and none is allowed (--restart-window)'),
    ]);
  });

  it('says every note in words', () => {
    const stamp = '20261122_000000';
    const notes: InstanceRound['notes'] = [
      { kind: 'started', stamp, canSwap: false, again: false },
      { kind: 'refused', reason: "rank 3 doesn't answer" },
      { kind: 'dropped' },
      { kind: 'foreign-map', epoch: 4 },
      { kind: 'damaged', step: 12, message: 'is empty' },
      { kind: 'unanswered', windows: 3 },
      { kind: 'measured', before: null, predicted: 1.021, after: 1.034 },
    ];
    expect(told(round({ ...D0, notes, decision: null }))[0]).toEqual([
      `D0: watched; its engine, started ${stamp}, moves experts by a restart alone`,
      "D0: the engine refused the swap: rank 3 doesn't answer",
      'D0: the swap that was asked for is gone with the engine that was to make it',
      'D0: map 4 serves, which was not asked for here: does another controller swap its experts?',
      'D0: window 12 was left out: is empty',
      'D0: no answer to the swap within 3 windows: till it comes, only a restart moves its experts',
      'D0: mean PAR 1.034 measured, 1.021 predicted, - before',
    ]);
  });

  it('is one line of JSON on request, and a summary at the end', () => {
    const text = watchRoundJson(round(D0));
    expect(text).not.toContain('\n');
    expect(JSON.parse(text)).toEqual({
      at: '2026-11-22T05:30:12.000Z',
      round: 7,
      durationMs: 80,
      instances: [
        {
          instance: 'D0',
          target: 'decode',
          host: '10.0.0.4',
          problem: null,
          engine: { stamp: '20261122_000000', canSwap: true, epoch: 3 },
          windows: { newest: 12, new: 1, kept: 0, ageSeconds: 12.4, stalled: false },
          par: { before: 1.842, predicted: 1.021, after: 1.034 },
          swap: null,
          decision: DECISION,
          notes: [],
          totals: D0.state.tally,
        },
      ],
      restarts: [],
      problems: [],
    });
    expect(watchEndText({ rounds: 7, durationMs: 420_000 }, round(D0))).toBe(
      'Watched for 7 min 00 s, 7 looks.\n  D0: 3 swaps, 61 experts moved so far; mean PAR 1.034 now',
    );
  });
});
