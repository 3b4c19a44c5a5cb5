import { expect, test } from 'vitest';
import { Random } from '../../../src/placement/random.ts';
import { basePlacement } from '../../../src/placement/slots.ts';
import { solve } from '../../../src/placement/solver/solve.ts';
import { PlacementError, type PlacementProblem, type Split } from '../../../src/placement/types.ts';
import { verifyPlacement } from '../../../src/placement/verify.ts';
import { LONG, SEED } from '../../fakes/seed.ts';
import { expectValid } from './validity.ts';

const SPLITS: readonly Split[] = ['uniform', 'affine', 'joint', 'fractional'];

const PROBLEMS = LONG ? 10_000 : 250;
/** Each long run sweeps other problems. */
const FIRST = LONG ? SEED : 0;

test(`every one of ${PROBLEMS} hostile problems gets a valid placement`, () => {
  for (let seed = FIRST; seed < FIRST + PROBLEMS; seed++) {
    const problem = hostileProblem(seed);
    const { placement, report } = solve(problem);
    expectValid(problem, placement);
    for (const par of report.parEpisodes)
      if (!(par >= 1 && par < Number.POSITIVE_INFINITY)) expect.fail(`seed ${seed}: ${par}`);
    for (let layer = 0; layer < problem.load.layers; layer++) {
      if (report.parEpisodes[layer]! < report.lowerBound[layer]! * (1 - 1e-9)) {
        expect.fail(`seed ${seed}: PAR ${report.parEpisodes[layer]} is below its bound ${report.lowerBound[layer]}`);
      }
    }
  }
}, 600_000);

test(`every one of ${PROBLEMS} hostile changes of an old placement keeps to its limits`, () => {
  let refused = 0;
  for (let seed = FIRST; seed < FIRST + PROBLEMS; seed++) {
    const problem = hostileChange(seed);
    const solved = solveOrRefuse(problem);
    if (solved === null) {
      refused++;
      continue;
    }
    const { placement, report } = solved;
    const { old, maxMoves, slotsPerRank, slotBudget } = problem;
    const violations = verifyPlacement(placement, { old, maxMoves, slotsPerRank });
    if (violations.length > 0) expect.fail(`seed ${seed}: ${violations[0]!.message}`);
    if (placement.slotExpert.length > (slotBudget ?? Number.POSITIVE_INFINITY)) {
      expect.fail(`seed ${seed}: ${placement.slotExpert.length} slots, ${slotBudget} were allowed`);
    }
    if (!report.parEpisodes.every((par) => par >= 1 && par < Number.POSITIVE_INFINITY)) expect.fail(`seed ${seed}`);
  }
  // empty slots that nobody may fill, cover that takes more moves than are allowed
  expect(refused / PROBLEMS).toBeLessThan(0.12);
}, 600_000);

test('the same problem and seed give the same bytes', () => {
  for (let seed = 0; seed < 60; seed++) {
    const problem = hostileProblem(seed);
    expect(solve(problem)).toEqual(solve(problem));
    const change = hostileChange(seed);
    expect(solveOrRefuse(change)).toEqual(solveOrRefuse(change));
  }
});

/** null: refused, because of the move budget */
function solveOrRefuse(problem: PlacementProblem) {
  try {
    return solve(problem);
  } catch (error) {
    if (error instanceof PlacementError && error.code === 'infeasible' && error.message.endsWith('raise maxMoves')) {
      return null;
    }
    throw error;
  }
}

/** Zeros, ties, one hot expert, 2^53, tiny numbers; 1 rank, 1 slot, odd hosts, uneven dies, more slots than experts. */
function hostileProblem(seed: number): PlacementProblem {
  const random = new Random(seed);
  const experts = 1 + random.below(seed % 10 === 0 ? 40 : 10);
  const ranks = 1 + random.below(seed % 10 === 1 ? 24 : 6);
  const layers = 1 + random.below(2);
  const episodes = 1 + (random.below(3) === 0 ? random.below(4) : 0);
  const tokens = new Float64Array(episodes * layers * experts);
  const kind = random.below(7);
  for (let i = 0; i < tokens.length; i++) tokens[i] = hostileTokens(kind, random);
  if (kind === 2) tokens[random.below(tokens.length)] = 1e6;
  const least = Math.ceil(experts / ranks);
  const most = random.below(4) === 0 ? 1 + random.below(ranks) : ranks;
  return {
    load: { episodes, layers, experts, tokens },
    ranks,
    slotsPerRank: least + random.below(4),
    ranksPerHost: 1 + random.below(8),
    maxReplicas: most,
    split: SPLITS[random.below(SPLITS.length)]!,
    effort: random.below(3) === 0 ? 0 : 0.02,
    seed,
    cover: [undefined, undefined, 'rank', 'host'][random.below(4)] as 'rank' | 'host' | undefined,
    ...(random.below(4) === 0 ? { capability: Float64Array.from({ length: ranks }, () => 1 + random.below(3)) } : {}),
  };
}

/** The same with an old placement that was made for another load, or is the base, and limits of what may change. */
function hostileChange(seed: number): PlacementProblem {
  const { maxReplicas: _, ...problem } = hostileProblem(seed);
  const random = new Random(seed + 1e6);
  const { load, ranks } = problem;
  const before = { ...load, episodes: 1, tokens: load.tokens.slice(0, load.layers * load.experts).reverse() };
  const slotsPerRank = problem.slotsPerRank as number;
  const least = Math.ceil(load.experts / ranks);
  const oldSlots = least + random.below(slotsPerRank - least + 1);
  const old =
    random.below(4) === 0
      ? basePlacement(load.layers, ranks, load.experts)
      : solve({ load: before, ranks, slotsPerRank: oldSlots, effort: 0 }).placement;
  const all = { perLayer: random.below(9), perRank: random.below(4), total: random.below(20) };
  const kept = (Object.keys(all) as (keyof typeof all)[]).filter(() => random.below(3) === 0);
  // every new slot has to be filled by somebody who arrives
  const widened = slotsPerRank > old.slotsPerRank[0]! && kept.length > 0;
  return {
    ...problem,
    ...(random.below(6) === 0 && kept.length === 0
      ? { slotsPerRank: undefined, slotBudget: load.layers * ranks * slotsPerRank + random.below(ranks) }
      : { slotsPerRank: widened ? old.slotsPerRank[0]! : slotsPerRank }),
    old,
    maxMoves: Object.fromEntries(kept.map((name) => [name, all[name]])),
    objective: (['mean', 'max', { quantile: 0.5 }] as const)[random.below(3)]!,
    parThreshold: random.below(4) === 0 ? 1.5 : 0,
    minGain: random.below(4) === 0 ? 0.2 : 0,
    ...(random.below(4) === 0 ? { targetPar: 1.2 } : {}),
  };
}

function hostileTokens(kind: number, random: Random): number {
  if (kind === 0 || kind === 2) return 0;
  if (kind === 1) return 7;
  if (kind === 3) return 2 ** 53;
  if (kind === 4) return random.below(2) * 5e-324;
  if (kind === 5) return random.below(1000) ** 3;
  return random.below(3);
}
