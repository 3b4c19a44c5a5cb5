import { affineCopy } from '../affineRouting.ts';

/** One layer whose tokens start on ranks and end on ranks; hosts and supernodes are consecutive ranks. */
export interface TrafficLayer {
  readonly experts: number;
  readonly ranks: number;
  readonly ranksPerHost: number;
  /** hosts with fast links among them; by default all are one */
  readonly ranksPerSupernode: number;
  /** [source rank][expert] tokens */
  readonly sources: Float64Array;
  /** `affine`: own copy, else same-host copy, else any; `uniform`: any copy, evenly */
  readonly routing: 'affine' | 'uniform';
}

export interface Traffic {
  /** [rank] tokens to compute */
  readonly rankTokens: Float64Array;
  readonly acrossHosts: number;
  readonly acrossSupernodes: number;
  readonly tokens: number;
  readonly par: number;
}

/** While experts are added and taken away. */
export interface TokenSums {
  readonly rankTokens: Float64Array;
  acrossHosts: number;
  acrossSupernodes: number;
}

/** The load of ranks and the tokens that leave their host, exactly as routed. Slots are [rank][slot]. */
export function measureTraffic(layer: TrafficLayer, slots: Int32Array): Traffic {
  const { experts, ranks } = layer;
  const rankTokens = new Float64Array(ranks);
  const out: TokenSums = { rankTokens, acrossHosts: 0, acrossSupernodes: 0 };
  const holders = holdersOf(slots, experts, ranks);
  for (let expert = 0; expert < experts; expert++) addExpert(layer, expert, holders[expert]!, 1, out);
  let tokens = 0;
  let peak = 0;
  for (const load of rankTokens) {
    tokens += load;
    peak = Math.max(peak, load);
  }
  return { ...out, tokens, par: tokens === 0 ? 1 : (peak * ranks) / tokens };
}

/** Tokens of each expert where only totals are known: they start evenly on all ranks. */
export function evenSources(tokens: ArrayLike<number>, ranks: number): Float64Array {
  const sources = new Float64Array(ranks * tokens.length);
  for (let i = 0; i < sources.length; i++) sources[i] = tokens[i % tokens.length]! / ranks;
  return sources;
}

/** [expert] -> ranks, rising. */
export function holdersOf(slots: Int32Array, experts: number, ranks: number): number[][] {
  const holders: number[][] = Array.from({ length: experts }, () => []);
  const width = slots.length / ranks;
  for (let slot = 0; slot < slots.length; slot++) {
    const rank = Math.floor(slot / width);
    if (slots[slot]! >= 0 && holders[slots[slot]!]!.at(-1) !== rank) holders[slots[slot]!]!.push(rank);
  }
  return holders;
}

/** Adds (sign 1) or takes away (-1) one expert's tokens; `holders` rise. */
export function addExpert(
  layer: TrafficLayer,
  expert: number,
  holders: readonly number[],
  sign: number,
  out: TokenSums,
): void {
  const { rankTokens } = out;
  const { experts, ranks, ranksPerHost, ranksPerSupernode, sources, routing } = layer;
  const count = holders.length;
  let first = 0;
  for (let hostRank = 0; hostRank < ranks; hostRank += ranksPerHost) {
    const hostEnd = Math.min(ranks, hostRank + ranksPerHost);
    while (first < count && holders[first]! < hostRank) first++;
    let past = first;
    while (past < count && holders[past]! < hostEnd) past++;
    const superFirst = Math.floor(hostRank / ranksPerSupernode) * ranksPerSupernode;
    const superPast = superFirst + ranksPerSupernode;
    for (let source = hostRank; source < hostEnd; source++) {
      const tokens = sign * sources[source * experts + expert]!;
      if (tokens === 0) continue;
      if (routing === 'uniform') {
        for (let i = 0; i < count; i++) {
          const rank = holders[i]!;
          rankTokens[rank] = rankTokens[rank]! + tokens / count;
          if (rank >= hostRank && rank < hostEnd) continue;
          out.acrossHosts += tokens / count;
          if (rank < superFirst || rank >= superPast) out.acrossSupernodes += tokens / count;
        }
      } else {
        const rank = holders[affineCopy(source, holders, count, first, past)]!;
        rankTokens[rank] = rankTokens[rank]! + tokens;
        if (first < past) continue;
        out.acrossHosts += tokens;
        if (rank < superFirst || rank >= superPast) out.acrossSupernodes += tokens;
      }
    }
  }
}
