import type { InstanceRound, WatchRound } from '../../../balancing/watchRound.ts';
import type { MetricFamily, MetricSample } from './prometheus.ts';

/** What `balance --watch` knows after a round, for Prometheus. @param sinceS seconds since the round ended: ages grow by them */
export function watchMetrics(round: WatchRound, sinceS: number): readonly MetricFamily[] {
  const { instances } = round;
  const each = (samples: (one: InstanceRound) => readonly (readonly [Labels, number])[]): MetricSample[] =>
    instances.flatMap((one) =>
      samples(one).map(([labels, value]) => ({
        labels: { target: one.target, instance: one.name, ...labels },
        value,
      })),
    );
  const gauge = (name: string, help: string, samples: readonly MetricSample[]): MetricFamily => ({
    name: `omniplace_balance_${name}`,
    help,
    type: 'gauge',
    samples,
  });
  const counter = (...family: Parameters<typeof gauge>): MetricFamily => ({ ...gauge(...family), type: 'counter' });
  return [
    gauge(
      'par',
      'Peak-to-average ratio of rank load, mean over layers: before and after by the counters, predicted for the last change.',
      each(({ state }) =>
        (['before', 'predicted', 'after'] as const).flatMap((kind) =>
          state.par[kind] === null ? [] : [[{ kind }, state.par[kind]]],
        ),
      ),
    ),
    counter(
      'moves_total',
      'Experts moved to ranks that did not hold them.',
      each(({ state }) => [[{}, state.tally.moves]]),
    ),
    counter(
      'swaps_total',
      'Swaps that the engine was asked for, by what became of them.',
      each(({ state }) => Object.entries(state.tally.swaps).map(([how, count]) => [{ state: how }, count])),
    ),
    counter(
      'decisions_total',
      'Decisions on layers, one for each layer at each look that found a new window with load.',
      each(({ state }) =>
        Object.entries(state.tally.decisions)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, count]) => {
            const [decision, reason] = key.split('/') as [string, string];
            return [{ decision, reason }, count];
          }),
      ),
    ),
    counter(
      'windows_total',
      'Windows that closed and were read.',
      each(({ state }) => [
        [{ load: 'yes' }, state.loaded],
        [{ load: 'no' }, state.closed - state.loaded],
      ]),
    ),
    gauge(
      'newest_window_age_seconds',
      'Age of the newest window.',
      each(({ ageSeconds }) => (ageSeconds === null ? [] : [[{}, Math.round(ageSeconds + sinceS)]])),
    ),
    gauge(
      'stalled',
      '1 where no window came for three times as long as one takes.',
      each(({ stalled }) => [[{}, Number(stalled)]]),
    ),
    gauge(
      'up',
      '1 where the last look at the instance succeeded.',
      each(({ problem }) => [[{}, Number(problem === null)]]),
    ),
    counter('rounds_total', 'Looks at all instances since the start of this process.', [
      { labels: {}, value: round.round },
    ]),
    gauge('last_round_timestamp_seconds', 'When the last look ended, in seconds since 1970.', [
      { labels: {}, value: Math.round(Date.parse(round.at) / 1000) },
    ]),
  ];
}

type Labels = Readonly<Record<string, string>>;
