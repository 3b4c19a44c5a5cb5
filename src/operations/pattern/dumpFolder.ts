import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../errors/userError.ts';
import { DUMP_WINDOWS, type WindowCodec } from '../../placement/index.ts';
import { type DumpFinding, readManifest } from './dumpManifest.ts';
import type { DumpManifest } from './parseDumpManifest.ts';

export interface DumpFolder {
  readonly folder: string;
  /** paths of the windows in the order of time */
  readonly windows: readonly { readonly path: string; readonly recordStep: number }[];
  readonly manifest: DumpManifest | null;
  readonly faults: readonly DumpFinding[];
}

/** A folder of windows, or a dump_dir: every start of OmniPlacement makes a folder 20250619_095310 of windows in it. */
export async function openDumpFolders(
  given: string,
  range?: readonly [number, number],
  codec: WindowCodec = DUMP_WINDOWS,
): Promise<DumpFolder[]> {
  const entries = await readdir(given, { withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  if (files.some((name) => codec.isWindow(name))) return [await openFolder(given, files.sort(), codec, range)];
  const starts = entries.filter((entry) => entry.isDirectory() && codec.isStart(entry.name)).map(({ name }) => name);
  const folders: DumpFolder[] = [];
  for (const start of starts.sort()) {
    const folder = join(given, start);
    const names = (await readdir(folder)).sort();
    if (names.some((name) => codec.isWindow(name))) folders.push(await openFolder(folder, names, codec, range));
  }
  if (folders.length > 0) return folders;
  throw new UserError(
    'bad_load',
    `${given}: holds no activation_counts_recordstep_<n>_rank_0.txt, nor folders of them named like 20250619_095310`,
    { hint: 'Give the folder that OmniPlacement wrote below its dump_dir.' },
  );
}

async function openFolder(
  folder: string,
  names: string[],
  codec: WindowCodec,
  range?: readonly [number, number],
): Promise<DumpFolder> {
  const plan = codec.plan(folder, names, range);
  const { manifest, findings, damaged } = await readManifest(folder, names);
  const windows = plan.windows
    .filter(({ file }) => !damaged.has(file))
    .map(({ file, recordStep }) => ({ path: join(folder, file), recordStep }));
  const faults = plan.faults.map(({ severity, file, message }) => ({
    severity,
    text: file === folder ? `${folder}: ${message}` : `${join(folder, file)} ${message}`,
  }));
  return { folder, windows, manifest, faults: [...faults, ...findings] };
}
