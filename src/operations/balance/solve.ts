import { join } from 'node:path';
import { type Candidate, chooseCandidate, mayDeviate } from '../../balancing/gate.ts';
import { mostGain, type Prediction, predict } from '../../balancing/prediction.ts';
import { loadDigest, type PatternRecord, rounded } from '../../balancing/record.ts';
import type { BalanceTarget } from '../../balancing/targets.ts';
import type { ExpertControl } from '../../engines/expertControl.ts';
import { sha256 as sha256Of } from '../../files/digests.ts';
import { writeWhole } from '../../files/writeFile.ts';
import {
  type Load,
  mostReplicas,
  type PatternKind,
  type Placement,
  type PlacementCodec,
  patternFileName,
  repairDuplicates,
} from '../../placement/index.ts';
import { proveSolved, runSolver, type SolverName, solveInParts } from '../pattern/index.ts';
import type { Collected } from './collect.ts';

export interface SolveChoices {
  readonly solver: SolverName;
  /** `auto`: the guideline's choice, unless the prediction says otherwise. */
  readonly kind: PatternKind | 'auto';
  readonly seed: number;
  readonly expertShare: number;
}

export interface Chosen {
  readonly kind: PatternKind;
  readonly placement: Placement;
  readonly prediction: Prediction;
  /** Why this kind. */
  readonly because: string;
}

/** Places a target's experts for its load, under its engine's own split. */
export async function chooseNext(
  target: BalanceTarget,
  { load, old }: Collected,
  { guideline }: Pick<ExpertControl, 'guideline'>,
  choices: SolveChoices,
  signal: AbortSignal,
): Promise<Chosen> {
  const { ranks, ranksPerHost } = target;
  const { split } = target.placed;
  const { kind, expertShare } = choices;
  const known = { load, old, split, ranksPerHost, expertShare };
  const candidateOf = async (wanted: PatternKind): Promise<Candidate<Placement>> => {
    const next = await solveKind(wanted, target, load, choices, signal);
    return { kind: wanted, placement: next, prediction: predict({ ...known, next }) };
  };
  if (kind !== 'auto') return { ...(await candidateOf(kind)), because: `${kind} was asked for` };
  const first = await candidateOf(guideline(ranks));
  const rival: PatternKind = first.kind === 'rearrange' ? 'redundant' : 'rearrange';
  const isWorthATry =
    fits(rival, load.experts, ranks) && mayDeviate(first.prediction, mostGain(known, rival === 'redundant'));
  const { chosen, because } = chooseCandidate(first, isWorthATry ? await candidateOf(rival) : null, ranks);
  return { ...chosen, because };
}

/** Of the search that `pattern build` does: a third of its time, and PAR within 0.1 % of it up to 64 dies, 0.3 % above. */
const EFFORT = 0.3;

/** A rank holds no expert twice. */
function fits(kind: PatternKind, experts: number, ranks: number): boolean {
  return kind === 'rearrange' || Math.ceil(experts / ranks) < experts;
}

async function solveKind(
  kind: PatternKind,
  { ranks, ranksPerHost, placed: { split } }: BalanceTarget,
  load: Load,
  { solver, seed }: SolveChoices,
  signal: AbortSignal,
): Promise<Placement> {
  const base = Math.ceil(load.experts / ranks);
  const slotsPerRank = kind === 'rearrange' ? base : base + 1;
  // where no expert has a second copy every split is the same, and this one is solved fastest
  const isSingle = slotsPerRank * ranks === load.experts;
  const problem = { load, ranks, ranksPerHost, slotsPerRank, seed, split: isSingle ? ('uniform' as const) : split };
  const solved =
    solver === 'omniplace'
      ? await solveInParts({ ...problem, effort: EFFORT }, signal)
      : runSolver(solver, { ...problem, split }).placement;
  const placement = repairDuplicates(solved, load).placement;
  proveSolved(solver, placement, problem);
  return placement;
}

export interface WrittenPattern {
  /** File name, as OmniPlacement's pattern tool names it. */
  readonly name: string;
  readonly sha256: string;
}

export interface PatternFacts {
  readonly now: Date;
  readonly version: string;
  readonly image: string;
  readonly solver: SolverName;
  readonly seed: number;
  readonly codec: PlacementCodec;
}

/** Writes the pattern and, beside it, what is known of it. Earlier ones stay. */
export async function writeNext(
  folder: string,
  target: BalanceTarget,
  { load, measured, windows }: Collected,
  { kind, placement, prediction }: Chosen,
  facts: PatternFacts,
): Promise<WrittenPattern> {
  const { layers, ranks, experts } = placement;
  const name = patternFileName(
    {
      timestamp: facts.now.toISOString().replaceAll(/[-:]/g, '').slice(0, 15).replace('T', '_'),
      kind,
      specialLayers: layers,
      layers,
      ranks,
      redundantLimit: mostReplicas(placement) - 1,
      collecting: target.role === 'mixed' ? 'all' : target.role,
    },
    facts.codec.extension,
  );
  const bytes = facts.codec.write(placement);
  const sha256 = sha256Of(bytes);
  const record: PatternRecord = {
    version: 1,
    pattern: name,
    sha256,
    target: target.name,
    kind,
    ranks,
    layers,
    experts,
    solver: facts.solver,
    seed: facts.seed,
    ...(facts.solver === 'omniplace' && { effort: EFFORT }),
    split: target.placed.split,
    omniplace: facts.version,
    image: facts.image,
    load: { sha256: loadDigest(load), windows, tokens: measured.tokens },
    parBefore: measured.mean,
    parPredicted: prediction.parPredictedMean,
    stepTimeGain: prediction.stepTimeGain,
    movedExperts: prediction.movedExperts,
    parOfLayers: { before: rounded(measured.par), predicted: rounded(prediction.parPredicted) },
    madeAt: facts.now.toISOString(),
  };
  await writeWhole(join(folder, `${name}.json`), `${JSON.stringify(record, null, 1)}\n`);
  await writeWhole(join(folder, name), bytes);
  return { name, sha256 };
}
