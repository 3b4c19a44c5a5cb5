/** Somebody whose value is not that of most. */
export interface Odd<K> {
  readonly who: K;
  readonly value: string;
  /** What most have, and how many they are. */
  readonly common: string;
  readonly numCommon: number;
}

/**
 * Groups equal values and names those outside of the largest group, rarest value first. Of groups of one size the one that
 * comes first is the common one. A value of null is no value: who has it is not compared.
 */
export function oddOnesOut<K>(values: Iterable<readonly [K, string | null]>): readonly Odd<K>[] {
  const groups = new Map<string, K[]>();
  for (const [who, value] of values) {
    if (value === null) continue;
    const group = groups.get(value);
    if (group) group.push(who);
    else groups.set(value, [who]);
  }
  // a stable sort: of two groups of one size the earlier stays in front
  const [common, ...others] = [...groups].sort(([, a], [, b]) => b.length - a.length);
  if (common === undefined) return [];
  return others
    .sort(([, a], [, b]) => a.length - b.length)
    .flatMap(([value, group]) => group.map((who) => ({ who, value, common: common[0], numCommon: common[1].length })));
}
