import { emptyPlacement, type Load, type Placement } from '../../src/placement/index.ts';

/** Experts in order, then again from the first: vLLM's initial placement. */
export function vllmStart(layers: number, experts: number, ranks: number, slots: number): Placement {
  const placement = emptyPlacement(layers, ranks, experts, slots);
  const perLayer = ranks * slots;
  for (let at = 0; at < placement.slotExpert.length; at++) placement.slotExpert[at] = (at % perLayer) % experts;
  return placement;
}

/** Episodes from `first` up to `end`. */
export function someEpisodes(load: Load, first: number, end: number): Load {
  const size = load.layers * load.experts;
  return { ...load, episodes: end - first, tokens: load.tokens.slice(first * size, end * size) };
}
