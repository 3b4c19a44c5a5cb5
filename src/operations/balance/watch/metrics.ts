import type { InstanceRound, WatchRound } from '../../../balancing/watchRound.ts';
import type { MetricFamily } from './prometheus.ts';

type Labels = Readonly<Record<string, string>>;

/** A metric that every instance has. */
interface InstanceMetric {
  readonly name: string;
  readonly help: string;
  readonly type: MetricFamily['type'];
  /** @param sinceS seconds since the round ended */
  readonly samples: (one: InstanceRound, sinceS: number) => readonly (readonly [Labels, number])[];
}

const PAR_KINDS = ['before', 'predicted', 'after'] as const;

const OF_INSTANCES: readonly InstanceMetric[] = [
  {
    name: 'par',
    help: 'Peak-to-average ratio of rank load, mean over layers: before and after by the counters, predicted for the last change.',
    type: 'gauge',
    samples: ({ state: { par } }) => PAR_KINDS.flatMap((kind) => (par[kind] === null ? [] : [[{ kind }, par[kind]]])),
  },
  {
    name: 'moves_total',
    help: 'Experts moved to ranks that did not hold them.',
    type: 'counter',
    samples: ({ state }) => [[{}, state.tally.moves]],
  },
  {
    name: 'swaps_total',
    help: 'Swaps that the engine was asked for, by what became of them.',
    type: 'counter',
    samples: ({ state }) => Object.entries(state.tally.swaps).map(([how, count]) => [{ state: how }, count]),
  },
  {
    name: 'decisions_total',
    help: 'Decisions on layers, one for each layer at each look that found a new window with load.',
    type: 'counter',
    samples: ({ state }) =>
      Object.entries(state.tally.decisions)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, count]) => {
          const [decision, reason] = key.split('/') as [string, string];
          return [{ decision, reason }, count];
        }),
  },
  {
    name: 'windows_total',
    help: 'Windows that closed and were read.',
    type: 'counter',
    samples: ({ state }) => [
      [{ load: 'yes' }, state.loaded],
      [{ load: 'no' }, state.closed - state.loaded],
    ],
  },
  {
    name: 'newest_window_age_seconds',
    help: 'Age of the newest window.',
    type: 'gauge',
    samples: ({ ageSeconds }, sinceS) => (ageSeconds === null ? [] : [[{}, Math.round(ageSeconds + sinceS)]]),
  },
  {
    name: 'stalled',
    help: '1 where no window came for three times as long as one takes.',
    type: 'gauge',
    samples: ({ stalled }) => [[{}, Number(stalled)]],
  },
  {
    name: 'up',
    help: '1 where the last look at the instance succeeded.',
    type: 'gauge',
    samples: ({ problem }) => [[{}, Number(problem === null)]],
  },
];

/** What `balance --watch` knows after a round, for Prometheus. @param sinceS seconds since the round ended: ages grow by them */
export function watchMetrics({ instances, round, at }: WatchRound, sinceS: number): readonly MetricFamily[] {
  const ofInstances = OF_INSTANCES.map(({ name, help, type, samples }) => ({
    name: `omniplace_balance_${name}`,
    help,
    type,
    samples: instances.flatMap((one) =>
      samples(one, sinceS).map(([labels, value]) => ({
        labels: { target: one.target, instance: one.name, ...labels },
        value,
      })),
    ),
  }));
  return [
    ...ofInstances,
    {
      name: 'omniplace_balance_rounds_total',
      help: 'Looks at all instances since the start of this process.',
      type: 'counter',
      samples: [{ labels: {}, value: round }],
    },
    {
      name: 'omniplace_balance_last_round_timestamp_seconds',
      help: 'When the last look ended, in seconds since 1970.',
      type: 'gauge',
      samples: [{ labels: {}, value: Math.round(Date.parse(at) / 1000) }],
    },
  ];
}
