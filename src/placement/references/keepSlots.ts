/**
 * Reorders each rank so that an expert it already held stands where it stood: slots ascending take the first copy not
 * yet used, the other experts fill what is left in their order.
 */
export function keepSlots(old: ArrayLike<number>, wanted: ArrayLike<number>, ranks: number): Int32Array {
  const slotsPerRank = wanted.length / ranks;
  const kept = new Int32Array(wanted.length);
  for (let first = 0; first < wanted.length; first += slotsPerRank) {
    const arriving: (number | undefined)[] = Array.from({ length: slotsPerRank }, (_, i) => wanted[first + i]!);
    const free: number[] = [];
    for (let slot = first; slot < first + slotsPerRank; slot++) {
      const staying = arriving.indexOf(old[slot]!);
      if (staying < 0) {
        free.push(slot);
      } else {
        kept[slot] = old[slot]!;
        arriving[staying] = undefined;
      }
    }
    let next = 0;
    for (const expert of arriving) if (expert !== undefined) kept[free[next++]!] = expert;
  }
  return kept;
}
