/** tokens, and as a share of the largest: less may be rounding, by which a chain could seem to gain from a circle */
const LEAST_GAIN = 1e-9;
const ROUNDING = 1e-12;

/** Which experts each host holds so that most tokens find their expert on the host where they start. */
export interface HostCover {
  /** [host] -> experts, rising */
  readonly held: readonly ReadonlySet<number>[];
  /** tokens that stay on their host; under routing that prefers the host no placement keeps more */
  readonly kept: number;
}

/**
 * Exact: with `capacity` slots per host and every expert somewhere, chooses the copies of greatest sum of tokens[host][expert].
 * Every host first takes what it uses most; then each expert that is nowhere enters along the cheapest chain of hosts, in
 * which each passes a sole copy on and the last drops a copy that stands elsewhere too. As in min-cost flow, cheapest
 * chains keep what is reached optimal, so the last is the optimum. Ties go to the lowest expert and host.
 */
export function assignToHosts(tokens: Float64Array, hosts: number, experts: number, capacity: number): HostCover {
  const value = (host: number, expert: number) => tokens[host * experts + expert]!;
  const held = Array.from({ length: hosts }, (_, host) => {
    const order = Array.from({ length: experts }, (_, expert) => expert);
    order.sort((a, b) => value(host, b) - value(host, a) || a - b);
    return new Set(order.slice(0, capacity));
  });
  const largest = tokens.reduce((most, one) => Math.max(most, one), 0);
  const leastGain = Math.max(LEAST_GAIN, largest * ROUNDING);
  const state: State = { hosts, value, copies: new Int32Array(experts), held, leastGain };
  for (const set of held) for (const expert of set) state.copies[expert]! += 1;
  for (let expert = 0; expert < experts; expert++) if (state.copies[expert] === 0) enter(state, expert);
  let kept = 0;
  for (const [host, set] of held.entries()) for (const expert of set) kept += value(host, expert);
  return { held, kept };
}

interface State {
  readonly hosts: number;
  readonly value: (host: number, expert: number) => number;
  /** [expert] */
  readonly copies: Int32Array;
  /** [host] -> experts */
  readonly held: readonly Set<number>[];
  /** tokens that a cheaper chain must save */
  readonly leastGain: number;
}

/** The cheapest chains of sole copies passed on from host to host that leave one expert too many on a host. */
interface Chains {
  /** [host], -value of the expert that enters plus what the passing on costs */
  readonly cost: Float64Array;
  /** [host], the host before in the chain, -1 at its beginning */
  readonly cameFrom: Int32Array;
  /** [host], the expert that was passed to it */
  readonly passed: Int32Array;
}

function enter(state: State, expert: number): void {
  const { hosts, value, copies, held } = state;
  const { cost, cameFrom, passed } = cheapestChains(state, expert);
  let last = -1;
  let dropped = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let host = 0; host < hosts; host++) {
    const spare = cheapest(
      held[host]!,
      (one) => copies[one]! > 1,
      (one) => value(host, one),
    );
    if (spare.expert < 0 || cost[host]! + spare.cost >= least) continue;
    least = cost[host]! + spare.cost;
    last = host;
    dropped = spare.expert;
  }
  held[last]!.delete(dropped);
  copies[dropped]! -= 1;
  let host = last;
  for (let link = 0; link < hosts && cameFrom[host]! >= 0; link++, host = cameFrom[host]!) {
    held[host]!.add(passed[host]!);
    held[cameFrom[host]!]!.delete(passed[host]!);
  }
  held[host]!.add(expert);
  copies[expert] = 1;
}

/** As Bellman and Ford find them: no chain is longer than there are hosts. */
function cheapestChains({ hosts, value, copies, held, leastGain }: State, expert: number): Chains {
  const cost = Float64Array.from({ length: hosts }, (_, host) => -value(host, expert));
  const cameFrom = new Int32Array(hosts).fill(-1);
  const passed = new Int32Array(hosts).fill(-1);
  for (let round = 0, changed = true; changed && round < hosts; round++) {
    changed = false;
    for (let from = 0; from < hosts; from++) {
      for (let to = 0; to < hosts; to++) {
        if (to === from) continue;
        const sole = cheapest(
          held[from]!,
          (one) => copies[one] === 1,
          (one) => value(from, one) - value(to, one),
        );
        if (sole.expert < 0 || cost[from]! + sole.cost >= cost[to]! - leastGain) continue;
        cost[to] = cost[from]! + sole.cost;
        cameFrom[to] = from;
        passed[to] = sole.expert;
        changed = true;
      }
    }
  }
  return { cost, cameFrom, passed };
}

function cheapest(held: ReadonlySet<number>, may: (expert: number) => boolean, price: (expert: number) => number) {
  let expert = -1;
  let cost = Number.POSITIVE_INFINITY;
  for (const one of held) {
    if (!may(one)) continue;
    const own = price(one);
    if (own < cost || (own === cost && one < expert)) {
      expert = one;
      cost = own;
    }
  }
  return { expert, cost };
}
