import { dirname, isAbsolute, resolve } from 'node:path';
import type { Fault } from '../../deployment/fault.ts';
import { readText } from '../../files/readText.ts';
import {
  assembleDeployment,
  type ForeignFile,
  importFiles,
  type Leftover,
  withLocalPaths,
} from '../../imports/index.ts';
import { validateText } from '../cluster/validate.ts';

export interface ImportResult {
  readonly format: string;
  /** The deployment file. */
  readonly text: string;
  /** What was understood how, for whoever reads the result. */
  readonly notes: readonly string[];
  readonly leftovers: readonly Leftover[];
  /** What `validate` says of the text. */
  readonly faults: readonly Fault[];
}

/**
 * Reads files of another tool and makes one deployment file of them, which is to be written to `out` (null: to the folder
 * we are in).
 * @throws ForeignFileError when they can't be understood, or the system's error when one can't be read
 */
export async function importFrom(files: readonly string[], out: string | null): Promise<ImportResult> {
  const read = files.map(async (file): Promise<ForeignFile> => ({ file, text: await readText(file) }));
  const imported = importFiles(await Promise.all(read));
  const elsewhere = out !== null && dirname(resolve(out)) !== process.cwd();
  // the other tools resolve relative paths against the folder they are started in
  const cluster = elsewhere ? withLocalPaths(imported, absolute) : imported;
  const text = assembleDeployment(cluster, files);
  const { faults } = await validateText(text, out ?? 'imported.yml', { overrides: [] });
  return { format: cluster.format, text, notes: cluster.notes, leftovers: cluster.leftovers, faults };
}

function absolute(path: string): string {
  return isAbsolute(path) || path.startsWith('~') ? path : resolve(path);
}
