export interface Hosts {
  readonly ranks: number;
  readonly ranksPerHost: number;
}

/**
 * `affineCopy` for all source ranks at once, without asking for each: the searches do this millions of times. Writes how many source ranks use each copy into `sources[base .. base + count)`; `holders` at the same places are
 * the ranks of the copies, rising. Divided by the number of ranks these are the copies' shares of the expert's tokens.
 */
export function countSources(
  hosts: Hosts,
  holders: Int32Array,
  base: number,
  count: number,
  sources: Int32Array,
): void {
  const { ranks, ranksPerHost } = hosts;
  if (count === 1) {
    sources[base] = ranks;
    return;
  }
  const past = base + count;
  for (let copy = base; copy < past; copy++) sources[copy] = 0;
  let first = base; // the host's first copy
  for (let hostRank = 0; hostRank < ranks; hostRank += ranksPerHost) {
    const hostEnd = Math.min(hostRank + ranksPerHost, ranks);
    let end = first;
    while (end < past && holders[end]! < hostEnd) end++;
    const local = end - first;
    if (local === 0) shareByTurns(sources, base, count, hostRank, hostEnd);
    else if (local === 1) sources[first] = sources[first]! + hostEnd - hostRank;
    else {
      shareByTurns(sources, first, local, hostRank, hostEnd);
      for (let copy = first; copy < end; copy++) {
        const turn = first + (holders[copy]! % local);
        if (turn === copy) continue;
        // a holder uses its own copy, whatever its turn
        sources[turn] = sources[turn]! - 1;
        sources[copy] = sources[copy]! + 1;
      }
    }
    first = end;
  }
}

/** Ranks in [from, to) take the copy at [rank % count]. */
function shareByTurns(sources: Int32Array, base: number, count: number, from: number, to: number): void {
  const whole = ((to - from) / count) | 0;
  if (whole > 0) for (let copy = base; copy < base + count; copy++) sources[copy] = sources[copy]! + whole;
  let turn = from % count;
  for (let left = to - from - whole * count; left > 0; left--) {
    sources[base + turn] = sources[base + turn]! + 1;
    if (++turn === count) turn = 0;
  }
}
