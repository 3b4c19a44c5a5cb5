import type { Column } from './columns.ts';

/** rounds without weight after which a column is forgotten */
const PATIENCE = 20;
/** moves */
const ACCURACY = 0.02;
const SWEEPS = 1500;

/**
 * Prices from the columns found so far: those that maximise their Lagrangian, less the squared distance from `centre`
 * (each expert's over `pull` times its load). A proximal bundle with one model for each rank. Its dual, weights of
 * columns that sum to one in each rank, is solved by shifting weight from a rank's dearest column in use to its
 * cheapest.
 */
export class Bundle {
  private readonly columns: Cut[][];

  constructor(
    private readonly load: Float64Array,
    ranks: number,
  ) {
    this.columns = Array.from({ length: ranks }, () => []);
  }

  /** Columns found for each rank. */
  add(found: readonly (readonly Column[])[]): void {
    found.forEach((columns, rank) => {
      const cuts = this.columns[rank]!;
      for (const cut of cuts) cut.idle = cut.weight > 0 ? 0 : cut.idle + 1;
      const kept = cuts.filter((cut) => cut.idle <= PATIENCE);
      for (const cut of columns.map(cutOf)) {
        if (!kept.some((other) => other.key === cut.key)) kept.push(cut);
      }
      if (cuts.length === 0) kept[0]!.weight = 1;
      this.columns[rank] = kept;
    });
  }

  /** The prices and the model's Lagrangian there, which is no lower than the true one. */
  solve(centre: Float64Array, pull: number): { prices: Float64Array; value: number } {
    const prices = Float64Array.from(centre, (price, expert) => price + pull * this.load[expert]!);
    for (const cuts of this.columns) {
      for (const cut of cuts) if (cut.weight > 0) this.shift(prices, cut, -cut.weight * pull);
    }
    const change = new Float64Array(this.load.length);
    for (let sweep = 0; sweep < SWEEPS; sweep++) {
      let gap = 0;
      for (const cuts of this.columns) gap += this.improve(cuts, prices, pull, change);
      if (gap < ACCURACY) break;
    }
    let value = prices.reduce((sum, price) => sum + price, 0);
    for (const cuts of this.columns) {
      value += cuts.reduce((least, cut) => Math.min(least, reducedCost(cut, prices)), Infinity);
    }
    return { prices, value };
  }

  private shift(prices: Float64Array, cut: Cut, by: number): void {
    for (let i = 0; i < cut.experts.length; i++)
      prices[cut.experts[i]!]! += by * this.load[cut.experts[i]!]! * cut.share[i]!;
  }

  /** One shift in a rank; what all its weight lay above the cheapest column before. */
  private improve(cuts: readonly Cut[], prices: Float64Array, pull: number, change: Float64Array): number {
    let cheapest = cuts[0]!;
    let dearest = cuts[0]!;
    let least = Infinity;
    let most = -Infinity;
    let mean = 0;
    for (const cut of cuts) {
      const cost = reducedCost(cut, prices);
      mean += cut.weight * cost;
      if (cost < least) {
        least = cost;
        cheapest = cut;
      }
      if (cut.weight > 0 && cost > most) {
        most = cost;
        dearest = cut;
      }
    }
    if (most <= least) return 0;
    for (let i = 0; i < cheapest.experts.length; i++) change[cheapest.experts[i]!]! += cheapest.share[i]!;
    for (let i = 0; i < dearest.experts.length; i++) change[dearest.experts[i]!]! -= dearest.share[i]!;
    let curvature = 0;
    for (const { experts } of [cheapest, dearest]) {
      for (let i = 0; i < experts.length; i++) {
        const by = change[experts[i]!]!;
        curvature += by * by * this.load[experts[i]!]!;
        change[experts[i]!] = 0;
      }
    }
    const weight = Math.min(dearest.weight, (most - least) / (pull * curvature));
    cheapest.weight += weight;
    dearest.weight -= weight;
    this.shift(prices, cheapest, -weight * pull);
    this.shift(prices, dearest, weight * pull);
    return mean - least;
  }
}

interface Cut {
  readonly key: string;
  readonly experts: Int32Array;
  /** 1 / copies */
  readonly share: Float64Array;
  readonly arrivals: number;
  weight: number;
  /** rounds since it last had weight */
  idle: number;
}

function cutOf({ experts, counts, arrivals }: Column): Cut {
  const key = Array.from(experts, (expert, i) => `${expert}/${counts[i]!}`)
    .sort()
    .join(' ');
  return {
    key: `${arrivals} ${key}`,
    experts,
    share: Float64Array.from(counts, (c) => 1 / c),
    arrivals,
    weight: 0,
    idle: 0,
  };
}

function reducedCost({ experts, share, arrivals }: Cut, prices: Float64Array): number {
  let cost = arrivals;
  for (let i = 0; i < experts.length; i++) cost -= prices[experts[i]!]! * share[i]!;
  return cost;
}
