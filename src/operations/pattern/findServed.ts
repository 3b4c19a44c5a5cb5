import { readFile } from 'node:fs/promises';
import { UserError } from '../../errors/userError.ts';
import { sha256 as sha256Of } from '../../files/digests.ts';
import { type Placement, parseDumpWindow } from '../../placement/index.ts';
import type { DumpFolder } from './dumpFolder.ts';
import { placementsAround } from './placementsAround.ts';
import { type PlacementHints, readPlacement } from './readPlacement.ts';

/** Files of a message. */
const MOST_NAMED = 5;

/** The first of the files with this digest; null: none has it. Those of `balance` come after the given ones. */
export async function fileOfDigest(sha256: string, given: readonly string[], near: string): Promise<string | null> {
  for (const file of await candidates(given, near)) {
    const bytes = await readFile(file).catch(() => null);
    if (bytes !== null && sha256Of(bytes) === sha256) return file;
  }
  return null;
}

/**
 * The one file whose slots the columns of a dump must be, where they are not the experts themselves. Null: they may be experts, or
 * no file has as many slots.
 * @throws UserError where several files have as many slots and are different placements
 */
export async function fileOfShape(
  { folder, windows }: DumpFolder,
  given: readonly string[],
  hints: PlacementHints,
): Promise<string | null> {
  const [first] = windows;
  if (first === undefined || given.length === 0) return null;
  const columns = await columnsOf(first.path);
  if (columns === null) return null;
  const fitting: { readonly file: string; readonly placement: Placement }[] = [];
  for (const file of await candidates(given, folder)) {
    const placement = await placementIn(file, hints);
    if (placement === null || placement.layers !== columns.layers) continue;
    // under the base they would be the same number
    if (placement.experts === columns.count) return null;
    const slots = placement.ranks * Math.max(...placement.slotsPerRank);
    const isKnown = fitting.some((other) => isSame(other.placement, placement));
    if (slots === columns.count && !isKnown) fitting.push({ file, placement });
  }
  if (fitting.length < 2) return fitting[0]?.file ?? null;
  const named = fitting.slice(0, MOST_NAMED).map(({ file }) => file);
  throw new UserError(
    'recorded_under_unknown',
    `${folder}: its ${columns.count} columns may be the slots of ${fitting.length} placements: ${named.join(', ')}`,
    { hint: 'Name the one that served while it was recorded with --recorded-under.' },
  );
}

async function candidates(given: readonly string[], near: string): Promise<readonly string[]> {
  const files = given.filter((file) => file !== '-');
  return [...new Set([...files, ...(await placementsAround([...files, near]))])];
}

async function columnsOf(file: string): Promise<{ readonly layers: number; readonly count: number } | null> {
  try {
    const { layers, positions } = parseDumpWindow(await readFile(file));
    return { layers, count: positions };
  } catch {
    return null; // the reader of dumps names what is wrong with it
  }
}

async function placementIn(file: string, hints: PlacementHints): Promise<Placement | null> {
  try {
    return (await readPlacement(file, hints)).placement;
  } catch {
    return null; // a file of balance that is damaged is not the one
  }
}

function isSame(one: Placement, other: Placement): boolean {
  const text = ({ ranks, experts, slotsPerRank, slotExpert }: Placement) =>
    [ranks, experts, [...slotsPerRank], [...slotExpert]].join(' ');
  return text(one) === text(other);
}
