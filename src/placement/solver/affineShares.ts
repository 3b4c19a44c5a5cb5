/**
 * OmniPlacement's default routing on decode: a source rank uses its own copy, else the same-host copy at
 * [rank % their number], else the copy at [rank % all]. Copies stand in rank order.
 */
export interface Hosts {
  readonly ranks: number;
  readonly ranksPerHost: number;
}

/**
 * Writes how many source ranks use each copy into `sources[0..count)`; `holders[0..count)` are the ranks of the
 * copies, rising. Divided by the number of ranks these are the copies' shares of the expert's tokens.
 */
export function countSources(hosts: Hosts, holders: Int32Array, count: number, sources: Int32Array): void {
  const { ranks, ranksPerHost } = hosts;
  if (count === 1) {
    sources[0] = ranks;
    return;
  }
  for (let copy = 0; copy < count; copy++) sources[copy] = 0;
  let first = 0; // the host's first copy
  for (let hostRank = 0; hostRank < ranks; hostRank += ranksPerHost) {
    const hostEnd = Math.min(hostRank + ranksPerHost, ranks);
    let end = first;
    while (end < count && holders[end]! < hostEnd) end++;
    const local = end - first;
    if (local === 1) {
      sources[first] = sources[first]! + hostEnd - hostRank;
    } else if (local > 1) {
      let own = first;
      let turn = hostRank % local;
      for (let rank = hostRank; rank < hostEnd; rank++) {
        let used = first + turn;
        if (own < end && holders[own] === rank) used = own++;
        sources[used] = sources[used]! + 1;
        if (++turn === local) turn = 0;
      }
    } else {
      let turn = hostRank % count;
      for (let rank = hostRank; rank < hostEnd; rank++) {
        sources[turn] = sources[turn]! + 1;
        if (++turn === count) turn = 0;
      }
    }
    first = end;
  }
}
