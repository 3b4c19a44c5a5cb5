import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { chooseCandidate, type PatternKind } from '../balancing/gate.ts';
import { type Prediction, predict } from '../balancing/prediction.ts';
import { loadDigest, type PatternRecord } from '../balancing/record.ts';
import type { BalanceTarget } from '../balancing/targets.ts';
import { proveSolved } from '../patterns/prove.ts';
import { runSolver, type SolverName } from '../patterns/solvers.ts';
import { writeWhole } from '../patterns/writeFile.ts';
import {
  countReplicas,
  layerSlots,
  type Placement,
  patternFileName,
  repairDuplicates,
  writePattern,
} from '../placement/index.ts';
import type { Collected } from './balanceCollect.ts';

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
export function chooseNext(target: BalanceTarget, { load, old }: Collected, choices: SolveChoices): Chosen {
  const base = Math.ceil(load.experts / target.ranks);
  const kinds: readonly PatternKind[] = choices.kind === 'auto' ? ['rearrange', 'redundant'] : [choices.kind];
  const { ranks, ranksPerHost, split } = target;
  const candidates = kinds
    // a rank holds no expert twice
    .filter((kind) => kind === 'rearrange' || base + 1 <= load.experts)
    .map((kind) => {
      const slotsPerRank = kind === 'rearrange' ? base : base + 1;
      const problem = { load, ranks, ranksPerHost, split, slotsPerRank, seed: choices.seed };
      const solved = runSolver(choices.solver, problem);
      const next = repairDuplicates(solved.placement, load).placement;
      proveSolved(choices.solver, next, problem);
      const prediction = predict({ load, old, next, split, ranksPerHost, expertShare: choices.expertShare });
      return { kind, placement: next, prediction };
    });
  const { chosen, because } = chooseCandidate(candidates, ranks);
  return { ...chosen, because };
}

export interface WrittenPattern {
  /** File name, as OmniPlacement's pattern tool names it. */
  readonly name: string;
  readonly sha256: string;
}

/** Writes the pattern and, beside it, what is known of it. Earlier ones stay. */
export async function writeNext(
  folder: string,
  target: BalanceTarget,
  { load, measured, windows }: Collected,
  { kind, placement, prediction }: Chosen,
  facts: { readonly now: Date; readonly version: string; readonly solver: SolverName; readonly seed: number },
): Promise<WrittenPattern> {
  const { layers, ranks, experts } = placement;
  const name = patternFileName({
    timestamp: facts.now.toISOString().replaceAll(/[-:]/g, '').slice(0, 15).replace('T', '_'),
    kind,
    specialLayers: layers,
    layers,
    ranks,
    redundantLimit: mostReplicas(placement) - 1,
    collecting: target.role === 'mixed' ? 'all' : target.role,
  });
  const bytes = writePattern(placement);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
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
    split: target.split,
    omniplace: facts.version,
    load: { sha256: loadDigest(load), windows, tokens: measured.tokens },
    parBefore: measured.mean,
    parPredicted: prediction.parPredictedMean,
    stepTimeGain: prediction.stepTimeGain,
    movedExperts: prediction.movedExperts,
    madeAt: facts.now.toISOString(),
  };
  await writeWhole(join(folder, `${name}.json`), `${JSON.stringify(record, null, 1)}\n`);
  await writeWhole(join(folder, name), bytes);
  return { name, sha256 };
}

function mostReplicas(placement: Placement): number {
  let most = 1;
  for (let layer = 0; layer < placement.layers; layer++) {
    for (const count of countReplicas(layerSlots(placement, layer), placement.experts)) most = Math.max(most, count);
  }
  return most;
}
