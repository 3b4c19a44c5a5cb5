/**
 * OmniPlacement's default routing on decode: a source rank uses its own copy, else the copy on its host at
 * [rank % their number], else the copy at [rank % all]. `holders` are the ranks of an expert's copies, rising, and those
 * from `first` to before `past` are on the source's host. Returns a place in `holders`.
 */
export function affineCopy(
  source: number,
  holders: readonly number[],
  count: number,
  first: number,
  past: number,
): number {
  if (first === past) return source % count;
  for (let copy = first; copy < past; copy++) if (holders[copy] === source) return copy;
  return first + (source % (past - first));
}

/** [source rank], the place in `holders` of the copy that it uses; `holders` rise and are not empty. */
export function affineCopies(holders: readonly number[], ranks: number, ranksPerHost: number): Int32Array {
  const used = new Int32Array(ranks);
  let first = 0;
  for (let hostRank = 0; hostRank < ranks; hostRank += ranksPerHost) {
    const hostEnd = Math.min(ranks, hostRank + ranksPerHost);
    let past = first;
    while (past < holders.length && holders[past]! < hostEnd) past++;
    for (let source = hostRank; source < hostEnd; source++) {
      used[source] = affineCopy(source, holders, holders.length, first, past);
    }
    first = past;
  }
  return used;
}
