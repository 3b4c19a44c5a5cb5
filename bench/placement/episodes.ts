import { quality, timed } from './measure.ts';
import type { Options } from './options.ts';
import { someEpisodes, vllmStart } from './placements.ts';
import { contestants } from './solvers.ts';
import { ms, par, type Table } from './table.ts';
import { type Motion, movingLoad, SHAPES } from './workloads.ts';

const RANKS = 32;
const SLOTS = 9;
const EPISODES = 8;
const HELD_OUT_SEEDS = 5;
const MOTIONS: readonly Motion[] = ['antiphase', 'bursts', 'drift', 'noise'];

/** Several episodes: PAR of each, the mean. In sample, and on the half of the episodes that the solver didn't see. */
export function* benchEpisodes(options: Options): Iterable<Table> {
  for (const motion of MOTIONS) {
    yield inSample(motion, options);
    yield heldOut(motion, options);
  }
}

function inSample(motion: Motion, options: Options): Table {
  const shape = { ...SHAPES['DeepSeek-V3'], layers: options.layers ?? SHAPES['DeepSeek-V3'].layers };
  const load = movingLoad(shape, motion, EPISODES, options.seed);
  const old = vllmStart(shape.layers, shape.experts, RANKS, SLOTS);
  const problem = { load, ranks: RANKS, slotsPerRank: SLOTS, old };
  const rows = contestants('uniform').map(({ name, place }) => {
    const { placement, ms: used } = timed(() => place(problem), options.rounds);
    const { mean, max } = quality(placement, load, 'uniform', 16);
    return [name, par(mean), par(max), ms(used)];
  });
  return {
    title: `${motion}, ${EPISODES} episodes, in sample`,
    note: `DeepSeek-V3, ${shape.layers} layers x ${shape.experts} experts, EP${RANKS} x ${SLOTS} slots, seed ${options.seed}; PAR of every episode, mean over episodes.`,
    columns: ['solver', 'mean PAR', 'worst layer', 'CPU ms, warm'],
    rows,
  };
}

function heldOut(motion: Motion, options: Options): Table {
  const shape = { ...SHAPES['DeepSeek-V3'], layers: Math.min(options.layers ?? 12, 12) };
  const old = vllmStart(shape.layers, shape.experts, RANKS, SLOTS);
  const rows = contestants('uniform').map(({ name, place }) => {
    const pars: number[] = [];
    for (let seed = options.seed; seed < options.seed + HELD_OUT_SEEDS; seed++) {
      const load = movingLoad(shape, motion, 2 * EPISODES, seed);
      const seen = someEpisodes(load, 0, EPISODES);
      const placement = place({ load: seen, ranks: RANKS, slotsPerRank: SLOTS, old });
      pars.push(quality(placement, someEpisodes(load, EPISODES, 2 * EPISODES), 'uniform', 16).mean);
    }
    return [name, par(pars.reduce((sum, value) => sum + value, 0) / pars.length), ...pars.map(par)];
  });
  return {
    title: `${motion}, held-out half`,
    note: `${shape.layers} layers, placed for episodes 1-${EPISODES}, measured on ${EPISODES + 1}-${2 * EPISODES}; seeds ${options.seed}-${options.seed + HELD_OUT_SEEDS - 1}.`,
    columns: ['solver', 'mean PAR', ...Array.from({ length: HELD_OUT_SEEDS }, (_, i) => `seed ${options.seed + i}`)],
    rows,
  };
}
