import { join } from 'node:path';
import { readBytes } from '../../files/readBytes.ts';
import { writeWhole } from '../../files/writeFile.ts';
import {
  executeTransferPlan,
  type LayerMap,
  logicalMaps,
  type Placement,
  PlacementError,
  parseExpertMap,
  parseNpy,
  parsePattern,
  parseSglangMap,
  parseTransferPlan,
  type TransferPlan,
  writeExpertMap,
  writeNpyInt64,
  writePattern,
  writeSglangMap,
  writeTransferPlan,
} from '../../placement/index.ts';

export interface Exported {
  readonly files: readonly ExportedFile[];
  /** what an engine's form can't say */
  readonly left: readonly { readonly engine: EngineName; readonly reason: string }[];
}

export interface ExportedFile {
  readonly engine: EngineName | 'plan';
  readonly file: string;
  /** what is in it */
  readonly holds: string;
}

export type EngineName = 'vllm' | 'vllm-ascend' | 'omniplacement' | 'sglang';

/** One placement in the form of every engine that can say it; each file is read back from disk and compared. */
export async function exportMaps(placement: Placement, folder: string): Promise<Exported> {
  const files: ExportedFile[] = [];
  const left: { engine: EngineName; reason: string }[] = [];
  for (const [engine, write] of Object.entries(WRITERS) as [EngineName, Writer][]) {
    const reason = reasonAgainst(engine, placement);
    if (reason === null) files.push(...(await write(placement, join(folder, engine))));
    else left.push({ engine, reason });
  }
  return { files, left };
}

/** vLLM's three tensors; the slots of lost ranks hold -1, as when its elastic EP shrinks. */
export async function exportVllm(placement: Placement, folder: string): Promise<ExportedFile[]> {
  const maps = logicalMaps(placement);
  const files: ExportedFile[] = [];
  const read: LayerMap[] = [];
  for (const [name, { shape, data }] of [
    ['physical_to_logical_map.npy', maps.physicalToLogical],
    ['logical_to_physical_map.npy', maps.logicalToPhysical],
    ['logical_replica_count.npy', maps.replicaCount],
  ] as const) {
    const file = join(folder, name);
    await writeWhole(file, writeNpyInt64(shape, data));
    const back = parseNpy(await readBytes(file));
    read.push({ shape: back.shape, data: Int32Array.from(back.data) });
    files.push({ engine: 'vllm', file, holds: `int64 (${shape.join(', ')})` });
  }
  proveVllm(placement, folder, read as [LayerMap, LayerMap, LayerMap]);
  return files;
}

/** The moves between two placements as JSON, read back and carried out in a simulator. */
export async function exportPlan(
  old: Placement,
  next: Placement,
  plan: Omit<TransferPlan, 'layers' | 'ranks' | 'experts' | 'slotsPerRank'>,
  file: string,
): Promise<ExportedFile> {
  const { layers, ranks, experts } = next;
  await writeWhole(file, writeTransferPlan({ layers, ranks, experts, slotsPerRank: [...next.slotsPerRank], ...plan }));
  const back = parseTransferPlan(new TextDecoder().decode(await readBytes(file)));
  const reached = executeTransferPlan(old, back);
  if (reached.slotExpert.some((expert, slot) => expert !== next.slotExpert[slot])) {
    throw new Error(`${file}: what was read back does not lead to the new placement`);
  }
  const batches = back.migration.layers.reduce((sum, layer) => sum + layer.batches.length, 0);
  const loads = back.storageLoads.length;
  const storage = loads === 0 ? '' : `, ${loads} loads from storage`;
  return { engine: 'plan', file, holds: `${back.migration.numTransfers} transfers in ${batches} batches${storage}` };
}

type Writer = (placement: Placement, folder: string) => Promise<ExportedFile[]>;

const WRITERS: Readonly<Record<EngineName, Writer>> = {
  vllm: exportVllm,
  'vllm-ascend': (placement, folder) =>
    exportText('vllm-ascend', placement, join(folder, 'expert_map.json'), writeExpertMap, (text) =>
      parseExpertMap(text, placement.experts),
    ),
  omniplacement: async (placement, folder) => {
    const file = join(folder, 'pattern.npy');
    await writeWhole(file, writePattern(placement));
    proveSame(file, ranksHold(placement, true), ranksHold(parsePattern(await readBytes(file)), true));
    const { ranks, layers, experts } = placement;
    return [{ engine: 'omniplacement', file, holds: `0 or 1 (${ranks}, ${layers}, ${experts})` }];
  },
  sglang: (placement, folder) =>
    exportText('sglang', placement, join(folder, 'expert_location.json'), writeSglangMap, (text) => {
      const map = parseSglangMap(text, placement.ranks, placement.experts);
      if (map.kind === 'placement') return map.placement;
      throw new PlacementError('bad-file', 'it holds a load');
    }),
};

async function exportText(
  engine: EngineName,
  placement: Placement,
  file: string,
  write: (placement: Placement) => string,
  parse: (text: string) => Placement,
): Promise<ExportedFile[]> {
  await writeWhole(file, write(placement));
  const back = parse(new TextDecoder().decode(await readBytes(file)));
  proveSame(file, ranksHold(placement, false), ranksHold(back, false));
  return [{ engine, file, holds: `${placement.layers} layers on ${placement.ranks} ranks` }];
}

/** Null: the engine's form can say it. */
function reasonAgainst(engine: EngineName, { layers, ranks, slotsPerRank, slotExpert }: Placement): string | null {
  const uneven = slotsPerRank.some((width) => width !== slotsPerRank[0]);
  const empty = slotExpert.includes(-1);
  if (engine === 'omniplacement') {
    let first = 0;
    for (let layer = 0; layer < layers; layer++) {
      const width = slotsPerRank[layer]!;
      for (let rank = 0; rank < ranks; rank++, first += width) {
        const held = slotExpert.subarray(first, first + width).filter((expert) => expert >= 0);
        if (held.length < width) return `ranks of layer ${layer} hold unequally many experts`;
        if (new Set(held).size < held.length) return `rank ${rank} holds an expert twice in layer ${layer}`;
      }
    }
    return null;
  }
  if (uneven) return 'layers have unequally many slots';
  return empty ? 'slots are empty' : null;
}

/** [layer][rank] experts in the order of slots, or rising where the form does not keep it. */
function ranksHold({ layers, ranks, slotsPerRank, layerOffset, slotExpert }: Placement, rising: boolean): number[][][] {
  return Array.from({ length: layers }, (_, layer) =>
    Array.from({ length: ranks }, (_, rank) => {
      const first = layerOffset[layer]! + rank * slotsPerRank[layer]!;
      const held = [...slotExpert.subarray(first, first + slotsPerRank[layer]!)].filter((expert) => expert >= 0);
      return rising ? held.sort((a, b) => a - b) : held;
    }),
  );
}

function proveSame(file: string, written: number[][][], read: number[][][]): void {
  if (JSON.stringify(written) !== JSON.stringify(read)) throw new Error(`${file}: what was read back is another map`);
}

/** The tensors against the placement and against each other, by their definition. */
function proveVllm(placement: Placement, folder: string, [physical, logical, counts]: [LayerMap, LayerMap, LayerMap]) {
  const { layers, ranks, experts, slotsPerRank, layerOffset, slotExpert } = placement;
  const width = physical.shape[1]! / ranks;
  const replicas = logical.shape[2]!;
  const differ = (what: string) => new Error(`${folder}: ${what} was read back as something else`);
  for (let layer = 0; layer < layers; layer++) {
    const found: number[][] = Array.from({ length: experts }, () => []);
    for (let slot = 0; slot < width * ranks; slot++) {
      const local = slot % width;
      const rank = Math.floor(slot / width);
      const at = layerOffset[layer]! + rank * slotsPerRank[layer]! + local;
      const expert = local < slotsPerRank[layer]! ? slotExpert[at]! : -1;
      if (physical.data[layer * width * ranks + slot] !== expert) throw differ('physical_to_logical_map');
      if (expert >= 0) found[expert]!.push(slot);
    }
    for (let expert = 0; expert < experts; expert++) {
      const row = (layer * experts + expert) * replicas;
      if (counts.data[layer * experts + expert] !== found[expert]!.length) throw differ('logical_replica_count');
      for (let i = 0; i < replicas; i++) {
        if (logical.data[row + i] !== (found[expert]![i] ?? -1)) throw differ('logical_to_physical_map');
      }
    }
  }
}
