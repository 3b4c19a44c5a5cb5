import { describe, expect, it } from 'vitest';
import { references } from '../../src/placement/index.ts';
import { assignToHosts } from '../../src/placement/locality/hostCover.ts';
import { localise } from '../../src/placement/locality/localise.ts';
import { evenSources, measureTraffic, type TrafficLayer } from '../../src/placement/locality/traffic.ts';
import { Random } from '../../src/placement/random.ts';

const layerOf = (more: Partial<TrafficLayer> & Pick<TrafficLayer, 'experts' | 'ranks' | 'sources'>): TrafficLayer => ({
  ranksPerHost: 2,
  ranksPerSupernode: more.ranks,
  routing: 'affine',
  ...more,
});

describe('tokens that leave their host', () => {
  it('are counted as routed: an own copy, else one on the host, else any', () => {
    // expert 0 on ranks 0 and 1, expert 1 on rank 2; hosts 0 1 | 2 3 | 4 5, supernodes of four ranks
    const sources = evenSources([60, 6], 6);
    const layer = layerOf({ experts: 2, ranks: 6, sources, ranksPerSupernode: 4 });
    const traffic = measureTraffic(layer, Int32Array.of(0, 0, 1, -1, -1, -1));
    // ranks 2 and 4 use rank 0 ([source % 2]), 3 and 5 rank 1
    expect([...traffic.rankTokens]).toEqual([30, 30, 6, 0, 0, 0]);
    expect(traffic.acrossHosts).toBe(40 + 4);
    expect(traffic.acrossSupernodes).toBe(20 + 2);
    expect(traffic.par).toBeCloseTo(30 / 11, 9);
  });

  it('are the same for every placement where replicas are drawn by hash and tokens start evenly', () => {
    const random = Random.scrambled(2);
    const sources = evenSources([5, 9, 1, 30], 4);
    const layer = layerOf({ experts: 4, ranks: 4, sources, routing: 'uniform' });
    for (let round = 0; round < 20; round++) {
      const slots = Int32Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? i / 2 : random.below(4)));
      expect(measureTraffic(layer, slots).acrossHosts).toBeCloseTo(45 / 2, 9);
    }
  });
});

describe('copies per host', () => {
  it('keep as many tokens at home as any choice does', () => {
    const random = Random.scrambled(9);
    for (let round = 0; round < 40; round++) {
      const tokens = Float64Array.from({ length: 3 * 5 }, () => random.below(20));
      const { held, kept } = assignToHosts(tokens, 3, 5, 2);
      expect(new Set(held.flatMap((set) => [...set])).size).toBe(5);
      for (const set of held) expect(set.size).toBeLessThanOrEqual(2);
      expect(kept).toBe(bestByTrying(tokens, 3, 5, 2));
    }
  });
});

describe('a placement that keeps tokens at home', () => {
  const experts = 32;
  const ranks = 8;
  const random = Random.scrambled(4);
  const tokens = Float64Array.from({ length: experts }, (_, e) =>
    Math.round(100 * Math.exp(random.normal() + (e < 8 ? 1 : 0))),
  );
  const load = { episodes: 1, layers: 1, experts, tokens };
  const eplb = references.eplb({ load, ranks, slotsPerRank: 6 }).slotExpert;
  const layer = layerOf({ experts, ranks, ranksPerHost: 4, sources: evenSources(tokens, ranks) });

  it('sends a quarter less away than EPLB at no higher PAR, and never less than the bound', () => {
    const theirs = measureTraffic(layer, eplb);
    const options = {
      slotsPerRank: 6,
      parLimit: theirs.par,
      supernodeWeight: 0,
      seed: 1,
      moves: 20_000,
      starts: [eplb],
    };
    const { slots, traffic, leastAcrossHosts } = localise(layer, options);
    expect(traffic.par).toBeLessThanOrEqual(theirs.par * (1 + 1e-9));
    expect(traffic.acrossHosts).toBeLessThan(0.75 * theirs.acrossHosts);
    expect(traffic.acrossHosts).toBeGreaterThanOrEqual(leastAcrossHosts! - 1e-6);
    expect(measureTraffic(layer, slots)).toEqual(traffic);
    const held = Array.from({ length: ranks }, (_, rank) =>
      [...slots.subarray(rank * 6, rank * 6 + 6)].filter((e) => e >= 0),
    );
    expect(new Set(held.flat()).size).toBe(experts);
    for (const one of held) expect(new Set(one).size).toBe(one.length);
    expect(localise(layer, options).slots).toEqual(slots);
  });

  it('keeps tokens in their supernode where that is dear', () => {
    const wide = { ...layer, ranksPerHost: 2, ranksPerSupernode: 4 };
    const options = { slotsPerRank: 6, parLimit: 1.5, seed: 1, moves: 20_000, starts: [eplb] };
    const hostsOnly = localise(wide, { ...options, supernodeWeight: 0 }).traffic;
    const both = localise(wide, { ...options, supernodeWeight: 5 }).traffic;
    expect(both.acrossSupernodes).toBeLessThan(hostsOnly.acrossSupernodes);
  });

  it('stands still where there is no load', () => {
    const idle = { ...layer, sources: new Float64Array(ranks * experts) };
    const { traffic } = localise(idle, { slotsPerRank: 6, parLimit: 1, supernodeWeight: 0, seed: 1 });
    expect(traffic.acrossHosts).toBe(0);
  });
});

/** All subsets per host. */
function bestByTrying(tokens: Float64Array, hosts: number, experts: number, capacity: number): number {
  const subsets = Array.from({ length: 1 << experts }, (_, mask) => mask).filter((mask) => bits(mask) <= capacity);
  let best = -1;
  const walk = (host: number, covered: number, kept: number) => {
    if (host === hosts) {
      if (covered === (1 << experts) - 1) best = Math.max(best, kept);
      return;
    }
    for (const mask of subsets) {
      let own = 0;
      for (let e = 0; e < experts; e++) if (mask & (1 << e)) own += tokens[host * experts + e]!;
      walk(host + 1, covered | mask, kept + own);
    }
  };
  walk(0, 0, 0);
  return best;
}

function bits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}
