import type { Action, Costs, LifeCycle, Pass, Shape } from '../../src/moves/lifeCycle.ts';

/** Round prices for traces worked out by hand. */
export function fixedCosts(prices: { plan?: number; move?: number; copy?: number } = {}): Costs {
  return {
    planUs: () => prices.plan ?? 0,
    moveUs: (hops) => (hops.length === 0 ? 0 : (prices.move ?? 0)),
    hiddenUs: () => 0,
    copyUs: (hops) => (hops.length === 0 ? 0 : (prices.copy ?? 0)),
    layerUs: () => 0,
  };
}

/** Passes of `passUs` each with the same load; gives each pass's actions in words, before and after together. */
export function drive(
  lifeCycle: LifeCycle,
  { layers, experts }: Shape,
  passes: readonly (Partial<Pass> & { load: readonly number[] })[],
  passUs: number,
  fromUs = 0,
): string[] {
  let nowUs = fromUs;
  return passes.map(({ load, ...rest }) => {
    const tokens = Float64Array.from({ length: layers * experts }, (_, i) => load[i % experts]!);
    const { placement } = lifeCycle;
    const slotTokens = new Float64Array(placement.slotExpert.length);
    const pass: Pass = { kind: 'real', phase: 'decode', tokens, slotTokens, ...rest };
    const actions = [...lifeCycle.before(pass, nowUs)];
    for (let layer = 0; layer < layers; layer++) {
      const slots = placement.slotExpert.subarray(placement.layerOffset[layer]!, placement.layerOffset[layer + 1]!);
      for (const [slot, expert] of slots.entries()) {
        if (expert < 0) continue;
        const copies = slots.filter((other) => other === expert).length;
        slotTokens[placement.layerOffset[layer]! + slot] = load[expert]! / copies;
      }
    }
    nowUs += passUs;
    actions.push(...lifeCycle.after(pass, nowUs));
    return actions.map(inWords).join(', ');
  });
}

function inWords(action: Action): string {
  switch (action.kind) {
    case 'move':
      return `move ${action.layer} (${action.hops.map(({ expert, from, to }) => `${expert}:${from}>${to}`).join(' ')})`;
    case 'plan':
      return action.blocking ? `plan ${action.us} blocking` : `plan ${action.us}`;
    case 'wait':
      return `wait ${action.us}`;
    case 'copy':
      return `copy ${action.us}`;
    case 'commit':
      return `commit ${action.layer}`;
    case 'log':
      return `log ${action.average} ${action.highest} ${action.balancedness.toFixed(4)}`;
    default:
      return action.kind;
  }
}

/** [rank] -> slots of a layer */
export function held({ placement }: LifeCycle, layer: number): number[][] {
  const width = placement.slotsPerRank[layer]!;
  return Array.from({ length: placement.ranks }, (_, rank) => {
    const first = placement.layerOffset[layer]! + rank * width;
    return [...placement.slotExpert.subarray(first, first + width)];
  });
}
