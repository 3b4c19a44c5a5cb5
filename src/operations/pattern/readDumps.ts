import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { UserError } from '../../errors/userError.ts';
import {
  createDumpReader,
  type DumpReader,
  joinEpisodes,
  type Load,
  mergeEpisodes,
  type Placement,
  type WindowCodec,
} from '../../placement/index.ts';
import { inFile } from './asUserError.ts';
import { type DumpFolder, openDumpFolders } from './dumpFolder.ts';
import type { DumpFinding } from './dumpManifest.ts';
import { readPlacement } from './readPlacement.ts';
import { servedPlacement } from './servedPlacement.ts';

export interface DumpRequest {
  /** first and last recordstep, both included */
  readonly windows?: readonly [number, number] | undefined;
  /** `base` or a placement file; must not contradict the manifests */
  readonly recordedUnder?: string | undefined;
  readonly experts?: number | undefined;
  readonly layers?: number | undefined;
  /** ranks of a recordedUnder file that does not say them */
  readonly ranks?: number | undefined;
  /** at most so many; all folders together */
  readonly episodes?: number | undefined;
  /** refuse a dump that is damaged or incomplete */
  readonly strict?: boolean | undefined;
  /** placements given for another purpose, one of which may have served */
  readonly candidates?: readonly string[] | undefined;
  /** say nothing of idle minutes: who asks has counted them */
  readonly quietIdle?: boolean | undefined;
  /** how windows are written; default: as OmniPlacement does */
  readonly codec?: WindowCodec | undefined;
}

export interface Dumped {
  readonly load: Load;
  /** that gave load */
  readonly windows: number;
}

/** Reads the windows of all folders one by one; what is wrong with them is said, and nothing is used that is doubtful. */
export async function readDumps(
  given: readonly string[],
  request: DumpRequest,
  say: (line: string) => void,
): Promise<Dumped> {
  const folders = (
    await Promise.all(given.map((folder) => openDumpFolders(folder, request.windows, request.codec)))
  ).flat();
  const numWindows = folders.reduce((sum, { windows }) => sum + windows.length, 0);
  const findings: DumpFinding[] = folders.flatMap(({ faults }) => faults);
  const total = { done: 0, numWindows, say };
  const loads: Load[] = [];
  let used = 0;
  for (const part of await byPlacement(folders, request, say)) {
    const count = part.folders.reduce((sum, { windows }) => sum + windows.length, 0);
    if (count === 0) continue;
    const wanted = Math.max(1, Math.round(((request.episodes ?? numWindows) * count) / numWindows));
    const { layers, codec } = request;
    const experts = request.experts ?? part.folders[0]?.manifest?.experts ?? undefined;
    const { placement: recordedUnder } = part;
    const reader = createDumpReader(count, { experts, layers, recordedUnder, episodes: wanted, codec });
    for (const folder of part.folders) await addWindows(reader, folder, total);
    const where = part.folders.map(({ folder }) => folder).join(', ');
    const result = inFile(where, () => reader.finish());
    loads.push(result.load);
    used += result.windows;
    findings.push(...result.faults.map(({ severity, file, message }) => ({ severity, text: `${file} ${message}` })));
  }
  const told = request.quietIdle === true ? findings.filter(({ text }) => !text.endsWith(IDLE)) : findings;
  report(told, used, numWindows, request.strict === true, say);
  if (loads.length === 0) {
    throw new UserError('bad_load', `${given.join(', ')}: there is no window${rangeText(request.windows)}`, {
      hint: 'Recordsteps count from 1, one for each minute.',
    });
  }
  const load = inFile(given.join(', '), () => joinEpisodes(loads));
  return { load: mergeEpisodes(load, Math.min(load.episodes, request.episodes ?? load.episodes)), windows: used };
}

/** Folders recorded under the same placement are read as one. */
async function byPlacement(folders: readonly DumpFolder[], request: DumpRequest, say: (line: string) => void) {
  const parts = new Map<string, { placement: Placement | undefined; folders: DumpFolder[] }>();
  const guessed: string[] = [];
  for (const folder of folders) {
    const served = await servedPlacement(folder, request.recordedUnder, request);
    if (served.found !== undefined) say(`${folder.folder}: ${served.found}`);
    if (served.guessed !== null) {
      const { because } = served.guessed;
      guessed.push(because === null ? folder.folder : `${folder.folder} (${because})`);
    }
    const part = parts.get(served.under) ?? {
      placement: served.under === 'base' ? undefined : (await readPlacement(served.under, request)).placement,
      folders: [],
    };
    part.folders.push(folder);
    parts.set(served.under, part);
  }
  if (guessed.length > 0) {
    say(
      `${guessed.join(', ')}: nothing says what served while this was recorded; its columns count as experts, as under the base placement (--recorded-under says otherwise)`,
    );
  }
  return parts.values();
}

async function addWindows(
  reader: DumpReader,
  { windows }: DumpFolder,
  total: { done: number; readonly numWindows: number; readonly say: (line: string) => void },
): Promise<void> {
  for (const { path } of windows) {
    // at once: with a promise for each, many small files cost a third more
    reader.add(path, readFileSync(path));
    total.done++;
    // signals and timers have their turn
    if (total.done % TURN === 0) await nextTurn();
    if (total.done % PROGRESS_STEP === 0) total.say(`read ${total.done} of ${total.numWindows} windows`);
  }
}

const TURN = 50;
const PROGRESS_STEP = 500;
const MOST_LINES = 20;
const IDLE = 'an idle minute';

function report(
  findings: readonly DumpFinding[],
  used: number,
  numWindows: number,
  strict: boolean,
  say: (line: string) => void,
): void {
  // what is used in spite of its faults is not an error
  for (const { severity, text } of findings.slice(0, MOST_LINES)) say(`${strict ? severity : 'warning'}: ${text}`);
  if (findings.length > MOST_LINES) say(`.. and ${findings.length - MOST_LINES} more`);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (errors > 0) say(`${used} of ${numWindows} windows are used`);
  if (strict && errors > 0) {
    throw new UserError('damaged_dump', `the dump has ${errors} ${errors === 1 ? 'fault' : 'faults'}, shown above`, {
      hint: 'Fetch it again, choose whole windows with --windows a:b, or go on without --strict.',
    });
  }
}

function rangeText(range: readonly [number, number] | undefined): string {
  return range === undefined ? '' : ` with a recordstep from ${range[0]} to ${range[1]}`;
}
