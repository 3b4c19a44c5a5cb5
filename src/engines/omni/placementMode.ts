import type { ServerRole } from '../../deployment/deployment.ts';
import { type Documents, groupLayers, type Layer, mergeLayers, type Values } from '../../deployment/layers.ts';
import type { Placement } from '../../deployment/schema.gen.ts';
import type { SchemaFault } from '../../deployment/schemaFaults.ts';
import { blockAddress, hostBlocks, type WrittenGroup } from '../../deployment/writtenGroups.ts';
import { isMap } from '../../files/maps.ts';

const LEAST_FOR_REDUNDANCY = [
  ['max_redundant_per_expert', 2],
  ['max_redundant_per_rank', 1],
] as const;

type Mode = NonNullable<Placement['mode']>;

/** What a word means: no key beside it may say otherwise. */
const MEANS: Readonly<Record<Mode, Values>> = {
  off: { enabled: false },
  base: { enabled: true, pattern_path: null, enable_dynamic: false },
  static: { enabled: true, enable_dynamic: false },
  rearrange: { enabled: true, enable_dynamic: true, max_redundant_per_expert: 1, max_redundant_per_rank: 0 },
  redundant: { enabled: true, enable_dynamic: true },
};

/** OmniPlacement's guideline: as many copies of an expert, and spare slots of a die. */
const COPIES = 10;
const SPARE_SLOTS = 1;

/** What the instance is like, where a mode's values depend on it. */
export interface PlacementSite {
  /** Dies of the whole instance: no expert can have more copies. */
  readonly numDies: number;
  /** On the hosts: where dumps go that name no folder. */
  readonly dumpFolder: string;
}

/** OmniPlacement's own keys, from what the file says with or without `mode` and `dump`. */
export function expandPlacement(said: Values, defaults: Values, site: PlacementSite): Values {
  const mode = said.mode as Mode | null | undefined;
  const meant = mode === null || mode === undefined ? {} : MEANS[mode];
  const copies =
    mode === 'redundant'
      ? { max_redundant_per_expert: Math.min(COPIES, site.numDies), max_redundant_per_rank: SPARE_SLOTS }
      : {};
  const dumped = said.dump === true ? { enable_dump: true, dump_dir: said.dump_dir ?? site.dumpFolder } : {};
  return { ...defaults, ...meant, ...copies, ...said, ...dumped };
}

/** Keys that contradict the `mode` or `dump` that counts for a group or for one of its hosts. */
export function* placementConflicts(documents: Documents, groups: readonly WrittenGroup[]): Generator<SchemaFault> {
  for (const { role, name, layer } of groups) {
    for (const block of [null, ...hostBlocks(layer).map(({ path }) => path.at(-1)!)]) {
      const where = `${role} ${name}${block === null ? '' : `, host ${blockAddress(block)}`}`;
      yield* conflictsOf(placementLayers(documents, role, name, block), where);
    }
  }
}

function* conflictsOf(layers: readonly Layer[], where: string): Generator<SchemaFault> {
  const said = mergeLayers(layers.map(({ values }) => values));
  const pathOf = (key: string) => [...layers.findLast(({ values }) => values[key] !== undefined)!.path, key];
  const conflict = (key: string, message: string, hint: string): SchemaFault => ({
    code: 'placement_conflict',
    path: pathOf(key),
    message,
    hint,
  });
  if (said.dump === true && said.enable_dump === false) {
    const hint = 'Remove one of the two: `dump` is short for `enable_dump`.';
    yield conflict('enable_dump', `\`dump: true\` and \`enable_dump: false\` both count for ${where}.`, hint);
  }
  if (said.dump === false && said.enable_dump === true) {
    const hint = 'Remove one of the two: `dump` is short for `enable_dump`.';
    yield conflict('enable_dump', `\`dump: false\` and \`enable_dump: true\` both count for ${where}.`, hint);
  }
  const mode = said.mode as Mode | null | undefined;
  if (mode === null || mode === undefined) return;
  for (const [key, meant] of Object.entries(MEANS[mode])) {
    if (said[key] === undefined || equal(said[key], meant)) continue;
    const message = `\`mode: ${mode}\` means \`${key}: ${meant}\`, but for ${where} the file says ${shown(said[key])}.`;
    yield conflict(key, message, `Remove \`${key}\`, or choose another mode.`);
  }
  if (mode === 'static' && (said.pattern_path === undefined || said.pattern_path === null)) {
    const message = `\`mode: static\` needs a pattern, and ${where} names none.`;
    yield conflict('mode', message, 'Set `pattern_path` to a .npy file, or take `mode: base`.');
  }
  for (const [key, least] of mode === 'redundant' ? LEAST_FOR_REDUNDANCY : []) {
    if (said[key] === undefined || Number(said[key]) >= least) continue;
    const message = `\`mode: redundant\` needs \`${key}\` to be at least ${least}, but for ${where} it is ${said[key]}.`;
    yield conflict(key, message, `Remove \`${key}\`, or take \`mode: rearrange\`.`);
  }
}

function placementLayers(documents: Documents, role: ServerRole, group: string, block: string | null): Layer[] {
  return groupLayers(documents, role, group, block).flatMap(({ path, values }) =>
    isMap(values.placement) ? [{ path: [...path, 'placement'], values: values.placement }] : [],
  );
}

/** Numbers may be quoted. */
function equal(said: unknown, meant: unknown): boolean {
  return said === meant || (typeof meant === 'number' && said !== null && Number(said) === meant);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `\`${value}\`` : String(value);
}
