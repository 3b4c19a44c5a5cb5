import { placementFromTables } from '../slots.ts';
import { type Placement, PlacementError } from '../types.ts';

/** The expert_map JSON that vllm-ascend records and loads. Empty slots are left out. */
export function writeExpertMap(placement: Placement): string {
  const { layers, ranks, slotsPerRank, layerOffset, slotExpert } = placement;
  const layerList = Array.from({ length: layers }, (_, layer) => ({
    layer_id: layer,
    device_count: ranks,
    device_list: Array.from({ length: ranks }, (_, rank) => {
      const first = layerOffset[layer]! + rank * slotsPerRank[layer]!;
      const held = slotExpert.subarray(first, first + slotsPerRank[layer]!);
      return { device_id: rank, device_expert: Array.from(held).filter((expert) => expert >= 0) };
    }),
  }));
  return `${JSON.stringify({ moe_layer_count: layers, layer_list: layerList })}\n`;
}

/** `experts`: how many logical experts the model has; default: one more than the highest number in the file. */
export function parseExpertMap(text: string, experts?: number): Placement {
  const file = parseJson(text);
  const list = isRecord(file) ? file.layer_list : undefined;
  const count = isRecord(file) ? file.moe_layer_count : undefined;
  if (!Array.isArray(list) || list.length === 0 || list.length !== count) {
    throw fault(`layer_list must hold as many layers as moe_layer_count says (${JSON.stringify(count)})`);
  }
  const tables: number[][][] = [];
  for (const entry of list) {
    const { layer, table } = readLayer(entry);
    if (layer >= list.length || tables[layer] !== undefined) {
      throw fault(`layer_id ${layer} is there twice or beyond the ${list.length} layers`);
    }
    tables[layer] = table;
  }
  const highest = tables.flat(2).reduce((a, b) => Math.max(a, b), -1);
  if (experts !== undefined && highest >= experts) throw fault(`it names expert ${highest} of ${experts}`);
  if (highest < 0) throw fault('it names no expert at all');
  return placementFromTables(tables, experts ?? highest + 1);
}

function readLayer(entry: unknown): { layer: number; table: number[][] } {
  const layer = isRecord(entry) ? entry.layer_id : undefined;
  const devices = isRecord(entry) ? entry.device_list : undefined;
  if (!isIndex(layer)) throw fault(`a layer's layer_id is ${JSON.stringify(layer)}, no number from 0`);
  if (
    !Array.isArray(devices) ||
    devices.length === 0 ||
    devices.length !== (entry as { device_count: unknown }).device_count
  ) {
    throw fault(`layer ${layer}: device_list must hold as many devices as device_count says`);
  }
  const table: number[][] = [];
  for (const device of devices) {
    const rank = isRecord(device) ? device.device_id : undefined;
    const held = isRecord(device) ? device.device_expert : undefined;
    if (!isIndex(rank) || rank >= devices.length || table[rank] !== undefined) {
      throw fault(
        `layer ${layer}: device_id ${JSON.stringify(rank)} is there twice or beyond the ${devices.length} devices`,
      );
    }
    if (!Array.isArray(held) || !held.every(isIndex)) {
      throw fault(`layer ${layer}, device ${rank}: device_expert must be a list of expert numbers`);
    }
    table[rank] = held;
  }
  return { layer, table };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PlacementError('bad-file', `the expert map is no JSON: ${(cause as Error).message}`, { cause });
  }
}

function fault(message: string): PlacementError {
  return new PlacementError('bad-file', `the expert map can't be used: ${message}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31;
}
