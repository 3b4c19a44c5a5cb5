import { Random } from '../../../src/placement/random.ts';
import { basePlacement } from '../../../src/placement/slots.ts';
import { solve } from '../../../src/placement/solver/solve.ts';
import type { PlacementProblem, Split } from '../../../src/placement/types.ts';

/** Under affine routing the same searches run longer, so those come less often. */
const SPLITS: readonly Split[] = [
  'uniform',
  'uniform',
  'uniform',
  'uniform',
  'fractional',
  'fractional',
  'affine',
  'joint',
];
/** Of all but every 32nd problem, which gets ten times the default. */
const EFFORTS: readonly number[] = [0.5, 0.5, 1, 1, 2];
const MOST_RANKS = 16;

/** A problem of 1 to 64 experts that can be solved: any split, shape of load, episodes, hosts, old placement and budget. */
export function randomProblem(seed: number): PlacementProblem {
  const random = new Random(seed);
  const experts = 1 + random.below(seed % 2 === 0 ? 12 : 64);
  const ranks = 1 + random.below(Math.min(experts, MOST_RANKS));
  const layers = 1 + random.below(2);
  const episodes = random.below(4) === 0 ? 1 + random.below(4) : 1;
  const kind = random.below(5);
  const tokens = Float64Array.from({ length: episodes * layers * experts }, () => tokensOf(kind, random));
  const load = { episodes, layers, experts, tokens };
  const base = Math.ceil(experts / ranks);
  const problem: PlacementProblem = {
    load,
    ranks,
    slotsPerRank: base + random.below(4),
    ranksPerHost: 1 + random.below(8),
    split: SPLITS[random.below(SPLITS.length)]!,
    effort: seed % 32 === 31 ? 10 : EFFORTS[random.below(EFFORTS.length)]!,
    seed,
    ...(random.below(5) === 0 ? { capability: Float64Array.from({ length: ranks }, () => 1 + random.below(3)) } : {}),
    ...(random.below(6) === 0 ? { maxReplicas: 1 + random.below(ranks) } : {}),
    ...(random.below(6) === 0 ? { objective: (['max', { quantile: 0.5 }] as const)[random.below(2)]! } : {}),
  };
  return random.below(3) === 0 ? changed(problem, random) : problem;
}

/** From an old placement with as many slots; it is complete, so no budget is too small. */
function changed(problem: PlacementProblem, random: Random): PlacementProblem {
  const { load, ranks, slotsPerRank } = problem;
  const first = { ...load, episodes: 1, tokens: load.tokens.slice(0, load.layers * load.experts).reverse() };
  const isBase = random.below(2) === 0;
  const { maxReplicas: _, ...free } = problem;
  const old = isBase
    ? basePlacement(load.layers, ranks, load.experts)
    : solve({ load: first, ranks, slotsPerRank, effort: 0 }).placement;
  const budget = [{}, { perLayer: random.below(9) }, { perRank: random.below(4) }, { total: random.below(20) }];
  return { ...free, old, slotsPerRank: old.slotsPerRank, maxMoves: budget[random.below(budget.length)]! };
}

/** Few different numbers, all equal, heavy skew, half of them near 0, anything. */
function tokensOf(kind: number, random: Random): number {
  if (kind === 0) return random.below(3);
  if (kind === 1) return 7;
  if (kind === 2) return random.below(1000) ** 3;
  if (kind === 3) return random.below(2) === 0 ? random.below(5) : random.below(1000);
  return random.below(1000);
}
