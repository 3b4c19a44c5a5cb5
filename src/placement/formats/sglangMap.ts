import { logicalMaps } from '../maps.ts';
import { placementFromTables } from '../slots.ts';
import { type Load, type Placement, PlacementError } from '../types.ts';

/** What SGLang's `--init-expert-location` reads from a .json file: where experts are, or how many tokens they got. */
export type SglangLocation =
  | { readonly kind: 'placement'; readonly placement: Placement }
  | { readonly kind: 'load'; readonly load: Load };

/** SGLang has no empty slots and the same number in every layer; anything else is refused. */
export function writeSglangMap(placement: Placement): string {
  const { shape, data } = logicalMaps(placement).physicalToLogical;
  const [layers, slots] = shape as [number, number];
  const empty = data.indexOf(-1);
  if (empty >= 0) {
    throw new PlacementError(
      'bad-placement',
      `slot ${empty % slots} of layer ${Math.floor(empty / slots)} is empty, which SGLang's map can't say`,
    );
  }
  const rows = Array.from({ length: layers }, (_, layer) => [...data.subarray(layer * slots, (layer + 1) * slots)]);
  return `${JSON.stringify({ physical_to_logical_map: rows })}\n`;
}

/** The file does not say how many ranks there are. `experts`: default one more than the highest number in the file. */
export function parseSglangMap(text: string, ranks: number, experts?: number): SglangLocation {
  const file = parseJson(text);
  if (isMatrix(file.physical_to_logical_map)) {
    return { kind: 'placement', placement: toPlacement(file.physical_to_logical_map, ranks, experts) };
  }
  const counts = file.logical_count;
  if (isMatrix(counts)) return { kind: 'load', load: toLoad([counts]) };
  if (Array.isArray(counts) && counts.length > 0 && counts.every(isMatrix))
    return { kind: 'load', load: toLoad(counts) };
  throw new PlacementError(
    'bad-file',
    "SGLang's map needs physical_to_logical_map [layer][slot], or logical_count [layer][expert] with or without steps before",
  );
}

function toPlacement(map: number[][], ranks: number, experts: number | undefined): Placement {
  const slots = map[0]!.length;
  const highest = map.flat().reduce((a, b) => Math.max(a, b), 0);
  if (map.flat().some((expert) => !Number.isInteger(expert) || expert < 0) || highest >= (experts ?? 2 ** 31)) {
    throw new PlacementError(
      'bad-file',
      `physical_to_logical_map holds something else than experts 0 to ${(experts ?? 2 ** 31) - 1}`,
    );
  }
  if (!Number.isInteger(ranks) || ranks < 1 || slots % ranks !== 0) {
    throw new PlacementError('bad-option', `${slots} slots don't divide over ${ranks} ranks`);
  }
  const perRank = slots / ranks;
  const tables = map.map((row) =>
    Array.from({ length: ranks }, (_, rank) => row.slice(rank * perRank, (rank + 1) * perRank)),
  );
  return placementFromTables(tables, experts ?? highest + 1);
}

function toLoad(steps: number[][][]): Load {
  const layers = steps[0]!.length;
  const experts = steps[0]![0]!.length;
  const tokens = steps.flat(2);
  if (tokens.length !== steps.length * layers * experts || tokens.some((count) => !(count >= 0 && count <= 2 ** 53))) {
    throw new PlacementError('bad-file', 'logical_count must be of one shape and hold counts from 0 to 2^53');
  }
  return { episodes: steps.length, layers, experts, tokens: Float64Array.from(tokens) };
}

/** Rows of numbers, all of the first one's length. */
function isMatrix(value: unknown): value is number[][] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (row) =>
        Array.isArray(row) &&
        row.length > 0 &&
        row.length === (value[0] as unknown[]).length &&
        row.every((cell) => typeof cell === 'number'),
    )
  );
}

function parseJson(text: string): Record<string, unknown> {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (cause) {
    throw new PlacementError('bad-file', `SGLang's map is no JSON: ${(cause as Error).message}`, { cause });
  }
  return typeof file === 'object' && file !== null ? (file as Record<string, unknown>) : {};
}
