import { assignRows } from '../assignment.ts';
import { type Placement, PlacementError } from '../model.ts';
import { keepSlots } from './keepSlots.ts';
import { type LayerProblem, type ReferenceProblem, solveLayers } from './layerProblem.ts';
import { fallingOrder } from './packing.ts';
import { vllmInitialSlots } from './vllm.ts';

/**
 * vllm-ascend's FlashLB (182b75ea) for its first call: replicas and places chosen together, over all episodes, by a
 * beam of width one. The experts, in falling mean + z * deviation, form `DEPTH` groups; for one group after the other,
 * numbers of extra copies around the min-max guess are tried by placing everything and scoring the mean PAR. Then ranks
 * are relabelled so that least experts move.
 *
 * Deviations: where a copy finds no rank the original writes past its array and scores garbage; here that candidate is
 * infeasible, and if no feasible one is found the old placement stays, as the original does when it survives. Sorts are
 * stable. Kept: loads + 1, float32 rank sums, no limit of copies per expert, layers are returned whether better or not.
 */
export function flashlb(problem: ReferenceProblem): Placement {
  return solveLayers(problem, (layer) => solveLayer(layer, minMaxCurve));
}

/** FlashLB with replicas in proportion to load, its default before #9611. */
export function flashlbPercentage(problem: ReferenceProblem): Placement {
  return solveLayers(problem, (layer) => solveLayer(layer, percentageCurve));
}

const Z_SCORE = 0.6744897501960817; // the normal distribution's 0.75 quantile
const DEPTH = 4;
const WIDTH = 8;
const SAMPLE_SIZE = 64;
const SMOOTHING = 1;
const SCORE_EPSILON = 0.01;

/** [extra copies] -> copies of each of the given experts; empty where there are no experts to take them. */
type Curve = (risk: Float64Array, numExtra: number) => Int32Array[];

interface Statistics {
  readonly experts: number;
  readonly ranks: number;
  readonly slotsPerRank: number;
  /** [sample][expert] */
  readonly samples: Float64Array;
  readonly numSamples: number;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  /** [expert][expert] */
  readonly covariance: Float64Array;
}

function solveLayer(layer: LayerProblem, curve: Curve): Int32Array {
  const { experts, ranks, slotsPerRank } = layer;
  if (slotsPerRank > experts) {
    throw new PlacementError(
      'infeasible',
      `layer ${layer.layer} has ${slotsPerRank} slots per rank for ${experts} experts`,
    );
  }
  const old = layer.old ?? vllmInitialSlots(experts, ranks, slotsPerRank);
  const statistics = measure(layer);
  const placed = place(statistics, searchCounts(statistics, curve));
  if (placed === undefined) return old;
  return keepSlots(old, relabelRanks(old, placed, ranks, slotsPerRank), ranks);
}

function measure({ experts, ranks, slotsPerRank, episodes, tokens }: LayerProblem): Statistics {
  const window = Math.max(Math.floor(episodes / Math.min(episodes, SAMPLE_SIZE)), 1);
  const numSamples = Math.min(episodes, SAMPLE_SIZE);
  const firstEpisode = episodes - window * numSamples;
  const samples = new Float64Array(numSamples * experts);
  for (let i = 0; i < window * numSamples; i++) {
    const row = Math.floor(i / window) * experts;
    for (let expert = 0; expert < experts; expert++) {
      samples[row + expert]! += tokens[(firstEpisode + i) * experts + expert]! + SMOOTHING;
    }
  }
  const mean = new Float64Array(experts);
  for (let i = 0; i < samples.length; i++) mean[i % experts]! += samples[i]!;
  for (let expert = 0; expert < experts; expert++) mean[expert]! /= numSamples;
  const covariance = new Float64Array(experts * experts);
  if (numSamples > 1) {
    const off = samples.map((value, i) => value - mean[i % experts]!);
    for (let row = 0; row < off.length; row += experts) {
      for (let a = 0; a < experts; a++) {
        const scaled = off[row + a]! / (numSamples - 1);
        for (let b = 0; b < experts; b++) covariance[a * experts + b]! += scaled * off[row + b]!;
      }
    }
  }
  const variance = mean.map((_, expert) => covariance[expert * (experts + 1)]!);
  return { experts, ranks, slotsPerRank, samples, numSamples, mean, variance, covariance };
}

function searchCounts(statistics: Statistics, curve: Curve): Int32Array {
  const { experts, ranks, slotsPerRank, mean, variance } = statistics;
  const risk = mean.map((value, expert) => value + Z_SCORE * Math.sqrt(variance[expert]!));
  const order = fallingOrder(risk);
  const groupSize = Math.ceil(experts / DEPTH);
  const counts = new Int32Array(experts);
  let spare = ranks * slotsPerRank - experts;
  for (let node = 0; node < DEPTH - 1; node++) {
    const group = order.subarray(node * groupSize, (node + 1) * groupSize);
    const rest = order.subarray((node + 1) * groupSize);
    const groupCurve = curve(pick(risk, group), spare);
    const restCurve = curve(pick(risk, rest), spare);
    const together = curve(pick(risk, order.subarray(node * groupSize)), spare).at(-1)!;
    const guess = together.subarray(0, groupSize).reduce((sum, copies) => sum + copies - 1, 0);
    const score = (extra: number) => {
      const forGroup = groupCurve[extra];
      const forRest = restCurve[spare - extra];
      if (forGroup === undefined || forRest === undefined) return Number.POSITIVE_INFINITY;
      const tried = counts.slice();
      group.forEach((expert, i) => {
        tried[expert] = forGroup[i]!;
      });
      rest.forEach((expert, i) => {
        tried[expert] = forRest[i]!;
      });
      return meanPar(statistics, tried);
    };
    const best = searchAround(guess, spare, score);
    group.forEach((expert, i) => {
      counts[expert] = groupCurve[best]![i]!;
    });
    spare -= best;
    if (spare === 0 || node === DEPTH - 2) {
      rest.forEach((expert, i) => {
        counts[expert] = restCurve[spare]![i]!;
      });
      break;
    }
  }
  return counts;
}

function searchAround(guess: number, highest: number, score: (extra: number) => number): number {
  let best = guess;
  let bestScore = score(guess);
  const reach = Math.min(Math.max(guess, highest - guess), WIDTH);
  for (let distance = 1; distance <= reach; distance++) {
    for (const extra of [guess - distance, guess + distance]) {
      if (extra < 0 || extra > highest) continue;
      const tried = score(extra);
      if (tried < bestScore) {
        best = extra;
        bestScore = tried;
      }
    }
  }
  return best;
}

function pick(values: Float64Array, experts: Int32Array): Float64Array {
  return Float64Array.from(experts, (expert) => values[expert]!);
}

function minMaxCurve(risk: Float64Array, numExtra: number): Int32Array[] {
  const counts = new Int32Array(risk.length).fill(1);
  const curve = [counts.slice()];
  if (risk.length === 0) return curve;
  const unit = risk.slice();
  for (let extra = 0; extra < numExtra; extra++) {
    let chosen = 0;
    for (let i = 1; i < unit.length; i++) if (unit[i]! > unit[chosen]!) chosen = i;
    counts[chosen]! += 1;
    unit[chosen] = risk[chosen]! / counts[chosen]!;
    curve.push(counts.slice());
  }
  return curve;
}

function percentageCurve(risk: Float64Array, numExtra: number): Int32Array[] {
  const curve = [new Int32Array(risk.length).fill(1)];
  if (risk.length === 0) return curve;
  const sum = risk.reduce((a, b) => a + b, 0);
  for (let extra = 1; extra <= numExtra; extra++) {
    const quota = risk.map((value) => (value / sum) * extra);
    const counts = Int32Array.from(quota, (share) => 1 + Math.floor(share));
    const left = extra - counts.reduce((a, b) => a + b - 1, 0);
    const byFraction = fallingOrder(quota.map((share) => share - Math.floor(share)));
    for (const i of byFraction.subarray(0, left)) counts[i]! += 1;
    curve.push(counts);
  }
  return curve;
}

/** Mean PAR over the samples of the placement these counts lead to; Infinity where they lead to none. */
function meanPar(statistics: Statistics, counts: Int32Array): number {
  const placed = place(statistics, counts);
  if (placed === undefined) return Number.POSITIVE_INFINITY;
  const { experts, ranks, slotsPerRank, samples, numSamples } = statistics;
  let sum = 0;
  for (let row = 0; row < numSamples * experts; row += experts) {
    let highest = 0;
    let all = 0;
    for (let first = 0; first < placed.length; first += slotsPerRank) {
      let load = 0;
      for (let slot = first; slot < first + slotsPerRank; slot++) {
        const expert = placed[slot]!;
        load += samples[row + expert]! / counts[expert]!;
      }
      all += load;
      highest = Math.max(highest, load);
    }
    sum = Math.fround(sum + Math.fround((highest * ranks + SCORE_EPSILON) / (all + SCORE_EPSILON)));
  }
  return sum / numSamples;
}

/** Copies in falling mean load, each to the rank of least mean + z * deviation that has room and lacks the expert. */
function place(statistics: Statistics, counts: Int32Array): Int32Array | undefined {
  const { experts, ranks, slotsPerRank, mean, variance, covariance } = statistics;
  const placed = new Int32Array(ranks * slotsPerRank).fill(-1);
  const filled = new Int32Array(ranks);
  const rankMean = new Float32Array(ranks);
  const rankVariance = new Float32Array(ranks);
  const unit = mean.map((value, expert) => value / counts[expert]!);
  for (const expert of fallingOrder(unit)) {
    const count = counts[expert]!;
    for (let copy = 0; copy < count; copy++) {
      let chosen = -1;
      let leastRisk = Number.POSITIVE_INFINITY;
      let chosenVariance = 0;
      for (let rank = 0; rank < ranks; rank++) {
        const first = rank * slotsPerRank;
        const end = first + filled[rank]!;
        if (filled[rank]! >= slotsPerRank || includes(placed, first, end, expert)) continue;
        let spread = rankVariance[rank]! + variance[expert]! / count ** 2;
        for (let slot = first; slot < end; slot++) {
          const other = placed[slot]!;
          spread += (2 * covariance[expert * experts + other]!) / count / counts[other]!;
        }
        // NaN where rounding made the variance negative: like the original, such a rank is never chosen
        const risk = rankMean[rank]! + unit[expert]! + Z_SCORE * Math.sqrt(spread);
        if (risk < leastRisk) {
          chosen = rank;
          leastRisk = risk;
          chosenVariance = spread;
        }
      }
      if (chosen < 0) return undefined;
      rankMean[chosen] = rankMean[chosen]! + unit[expert]!;
      rankVariance[chosen] = chosenVariance;
      placed[chosen * slotsPerRank + filled[chosen]!] = expert;
      filled[chosen]! += 1;
    }
  }
  return placed;
}

function includes(placed: Int32Array, first: number, end: number, expert: number): boolean {
  for (let slot = first; slot < end; slot++) if (placed[slot] === expert) return true;
  return false;
}

function relabelRanks(old: Int32Array, placed: Int32Array, ranks: number, slotsPerRank: number): Int32Array {
  const cost = new Float64Array(ranks * ranks);
  for (let rank = 0; rank < ranks; rank++) {
    for (let label = 0; label < ranks; label++) {
      const leaving = Array.from(old.subarray(rank * slotsPerRank, (rank + 1) * slotsPerRank));
      let moved = 0;
      for (let slot = label * slotsPerRank; slot < (label + 1) * slotsPerRank; slot++) {
        const at = leaving.indexOf(placed[slot]!);
        if (at < 0) moved++;
        else leaving.splice(at, 1);
      }
      cost[rank * ranks + label] = moved;
    }
  }
  const labels = assignRows(cost, ranks);
  const relabelled = new Int32Array(placed.length);
  for (let rank = 0; rank < ranks; rank++) {
    const first = labels[rank]! * slotsPerRank;
    relabelled.set(placed.subarray(first, first + slotsPerRank), rank * slotsPerRank);
  }
  return relabelled;
}
