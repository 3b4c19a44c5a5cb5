import type { LayerChange } from './layerChange.ts';
import type { Slots } from './slots.ts';

/** What a controller asks for in `live-map/request.json`: other experts in the slots of some layers. */
export interface MapRequest {
  readonly id: string;
  readonly maps: readonly LayerChange[];
}

/** Why a request can't be served. */
export class RequestRefused extends Error {
  /** null: not even its id could be read. */
  readonly id: string | null;

  constructor(id: string | null, reason: string) {
    super(reason);
    this.id = id;
  }
}

/** Throws RequestRefused where none can be read. */
export function requestId(text: string): string {
  const { id } = parseObject(text);
  if (typeof id === 'string' && id !== '') return id;
  throw new RequestRefused(null, 'id is missing');
}

/** Reads a request against what serves now; throws RequestRefused. */
export function readMapRequest(text: string, slots: Slots, epoch: number): MapRequest {
  const document = parseObject(text);
  const id = requestId(text);
  const refuse = (reason: string) => new RequestRefused(id, reason);
  if (document.version !== 1) throw refuse(`version is ${JSON.stringify(document.version)}, this engine knows 1`);
  if (document.base_epoch !== epoch) {
    throw refuse(`base_epoch is ${JSON.stringify(document.base_epoch)}, in service is ${epoch}`);
  }
  const { layers } = document;
  if (!Array.isArray(layers) || layers.length === 0) throw refuse('layers names no layer');
  const named = new Set<number>();
  const maps = layers.map((entry: unknown) => {
    const { layer, slots: ranks } = object(entry);
    if (!isBelow(layer, slots.numLayers)) {
      throw refuse(`layer ${JSON.stringify(layer)} is named, there are 0 to ${slots.numLayers - 1}`);
    }
    if (named.has(layer)) throw refuse(`layer ${layer} is named twice`);
    named.add(layer);
    const experts = flatten(ranks, slots);
    const fault = typeof experts === 'string' ? experts : faultOf(experts, slots);
    if (fault !== null) throw refuse(`layer ${layer}${fault}`);
    return { layer, experts: experts as number[] };
  });
  return { id, maps };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return object(JSON.parse(text));
  } catch (cause) {
    throw new RequestRefused(null, `request.json is no JSON: ${(cause as Error).message}`);
  }
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function isBelow(value: unknown, end: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < end;
}

/** Experts by [rank][slot], or what is wrong, to be read after the layer's number. */
function flatten(ranks: unknown, { numRanks, slotsPerRank, numExperts }: Slots): number[] | string {
  if (!Array.isArray(ranks)) return ': slots is no list of ranks';
  if (ranks.length !== numRanks) return `: ${ranks.length} ranks are given, the instance has ${numRanks}`;
  for (const [rank, held] of ranks.entries()) {
    if (!Array.isArray(held)) return `, rank ${rank}: no list of slots`;
    if (held.length !== slotsPerRank) {
      return `, rank ${rank}: ${held.length} slots are given, a rank has ${slotsPerRank}`;
    }
    const slot = held.findIndex((expert) => expert !== -1 && !isBelow(expert, numExperts));
    if (slot >= 0) {
      return `, rank ${rank}, slot ${slot}: ${JSON.stringify(held[slot])} is no expert; they are 0 to ${numExperts - 1}, an empty slot is -1`;
    }
  }
  return ranks.flat();
}

function faultOf(experts: readonly number[], { slotsPerRank, numExperts }: Slots): string | null {
  const covered = new Set<number>();
  for (let from = 0; from < experts.length; from += slotsPerRank) {
    const held = experts.slice(from, from + slotsPerRank);
    const twice = held.find((expert, at) => expert >= 0 && held.indexOf(expert) < at);
    if (twice !== undefined) return `: expert ${twice} is twice on rank ${from / slotsPerRank}`;
    for (const expert of held) covered.add(expert);
  }
  for (let expert = 0; expert < numExperts; expert++) {
    if (!covered.has(expert)) return `: expert ${expert} is on no rank`;
  }
  return null;
}
