import { placeByVariance, type Statistics, Z_SCORE } from './flashlbPlace.ts';
import { fallingOrder } from './packing.ts';

/** of the search tree, as in the original */
const DEPTH = 4;
const WIDTH = 8;
const SCORE_EPSILON = 0.01;

/** Copies of each expert: for one group after the other, the number around the min-max guess that scores best. */
export function searchCounts(statistics: Statistics, curve: Curve): Int32Array {
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

/** [extra copies] -> copies of each of the given experts; empty where there are no experts to take them. */
export type Curve = (risk: Float64Array, numExtra: number) => Int32Array[];

export function minMaxCurve(risk: Float64Array, numExtra: number): Int32Array[] {
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

export function percentageCurve(risk: Float64Array, numExtra: number): Int32Array[] {
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
  const placed = placeByVariance(statistics, counts);
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
