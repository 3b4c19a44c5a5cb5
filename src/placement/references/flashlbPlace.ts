import type { LayerProblem } from './layerProblem.ts';
import { fallingOrder } from './packing.ts';

export const Z_SCORE = 0.6744897501960817; // the normal distribution's 0.75 quantile
/** episodes, as in the original */
const SAMPLE_SIZE = 64;
const SMOOTHING = 1;

/** A layer's loads as FlashLB sees them: samples of merged episodes, and their moments. */
export interface Statistics {
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

export function measureStatistics({ experts, ranks, slotsPerRank, episodes, tokens }: LayerProblem): Statistics {
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

/** Copies in falling mean load, each to the rank of least mean + z * deviation that has room and lacks the expert. */
export function placeByVariance(statistics: Statistics, counts: Int32Array): Int32Array | undefined {
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
