/** float32 sums where the original works in float32 tensors, doubles where it does not. */
export type Rounding = (value: number) => number;
export const float32: Rounding = Math.fround;
export const float64: Rounding = (value) => value;

export interface Replicas {
  /** [copy]: the first n copies are the experts themselves, then one replica after the other */
  readonly expert: Int32Array;
  /** [copy]: which replica of its expert, from 0 */
  readonly rank: Int32Array;
  /** [expert] */
  readonly counts: Int32Array;
}

/** Min-max replication: each further copy goes to the highest load per copy; ties to the lowest expert. No limit per expert. */
export function replicate(weight: ArrayLike<number>, numCopies: number, round: Rounding): Replicas {
  const experts = weight.length;
  const expert = new Int32Array(numCopies);
  const rank = new Int32Array(numCopies);
  const counts = new Int32Array(experts).fill(1);
  const unit = Float64Array.from(weight);
  for (let copy = 0; copy < numCopies; copy++) {
    const chosen = copy < experts ? copy : firstHighest(unit);
    expert[copy] = chosen;
    if (copy < experts) continue;
    rank[copy] = counts[chosen]!;
    counts[chosen]! += 1;
    unit[chosen] = round(weight[chosen]! / counts[chosen]!);
  }
  return { expert, rank, counts };
}

export interface Packing {
  /** [item] */
  readonly pack: Int32Array;
  /** [item]: place within the pack, in order of arrival */
  readonly place: Int32Array;
}

/** Packs of equal item counts: items in falling weight, each to the lightest pack with room; ties to the lowest pack. */
export function packBalanced(weight: ArrayLike<number>, packs: number, round: Rounding): Packing {
  const items = weight.length;
  const perPack = items / packs;
  const pack = new Int32Array(items);
  const place = new Int32Array(items);
  const load = new Float64Array(packs);
  const filled = new Int32Array(packs);
  if (perPack === 1) return { pack: pack.map((_, item) => item), place };
  for (const item of fallingOrder(weight)) {
    let lightest = -1;
    for (let i = 0; i < packs; i++) {
      if (filled[i]! < perPack && (lightest < 0 || load[i]! < load[lightest]!)) lightest = i;
    }
    pack[item] = lightest;
    place[item] = filled[lightest]!;
    filled[lightest]! += 1;
    load[lightest] = round(load[lightest]! + weight[item]!);
  }
  return { pack, place };
}

/** Indices in falling weight; ties by lowest index (the originals' sorts are not stable above 16 items). */
export function fallingOrder(weight: ArrayLike<number>): Int32Array {
  return Int32Array.from(weight, (_, item) => item).sort((a, b) => weight[b]! - weight[a]! || a - b);
}

export function firstHighest(values: ArrayLike<number>): number {
  let highest = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[highest]!) highest = i;
  return highest;
}
