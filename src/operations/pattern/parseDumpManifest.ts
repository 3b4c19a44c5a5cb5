import { UserError } from '../../errors/userError.ts';
import { faultText, parseJson, parseLoosely, ShapeError } from '../../files/parseJson.ts';
import {
  type FetchedFolders,
  FetchedFoldersShape,
  type Manifest,
  type ManifestFile,
  ManifestShape,
} from './dumpManifest.gen.ts';

/** What a manifest says of one folder of windows. */
export interface DumpManifest {
  readonly recorded: Recorded;
  /** experts moved between ranks while it was recorded; null: not said */
  readonly dynamic: boolean | null;
  /** of the model, per layer; null: not said */
  readonly experts: number | null;
  /** names are relative to the folder */
  readonly files: readonly ManifestFile[];
}

/** The placement that served; `path` as written, `because` why it is not known. */
export type Recorded =
  | { readonly kind: 'base' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'digest'; readonly sha256: string }
  | { readonly kind: 'unknown'; readonly because: string | null };

/**
 * Two forms: what fetch-dumps writes above its folders (`stamp` says which is meant; null where it says nothing of it), and
 * one to write by hand into a folder: {"recordedUnder": "base" or a pattern file, "files": [{"name", "bytes", "sha256"}]}.
 */
export function parseDumpManifest(path: string, text: string, stamp: string): DumpManifest | null {
  const { recordedUnder, folders, files } = parseManifest(path, text);
  if (folders === undefined) return { recorded: byHand(recordedUnder), dynamic: null, experts: null, files };
  // what lies above may be of another program
  const fetched = parseLoosely(text, FetchedFoldersShape);
  const folder = fetched?.folders.find((one) => one.stamp === stamp);
  if (!fetched || !folder) return null;
  return {
    recorded: recordedBy(folder.recorded),
    dynamic: folder.recorded.dynamic,
    experts: fetched.experts,
    files: files
      .filter(({ name }) => name.startsWith(`${stamp}/`))
      .map((file) => ({ ...file, name: file.name.slice(stamp.length + 1) })),
  };
}

function byHand(recordedUnder: string | undefined): Recorded {
  if (recordedUnder === undefined) return { kind: 'unknown', because: null };
  return recordedUnder === 'base' ? { kind: 'base' } : { kind: 'file', path: recordedUnder };
}

/** fetch-dumps says `base`, `off` (as the base), a pattern's digest, or null and why. */
function recordedBy({ pattern, because }: FetchedFolders['folders'][number]['recorded']): Recorded {
  if (pattern === 'base' || pattern === 'off') return { kind: 'base' };
  return pattern === null ? { kind: 'unknown', because } : { kind: 'digest', sha256: pattern };
}

function parseManifest(path: string, text: string): Manifest {
  const refuse = (why: string, cause?: unknown) =>
    new UserError('bad_manifest', `${path}: ${why}`, {
      hint: 'fetch-dumps writes it; by hand it is {"recordedUnder": "base" or a pattern file}.',
      cause,
    });
  try {
    const manifest = parseJson(text, ManifestShape);
    const outside = manifest.files.find(({ name }) => name.startsWith('/') || name.split('/').includes('..'));
    if (outside !== undefined) throw refuse(`files has an entry that is none: ${JSON.stringify(outside)}`);
    return manifest;
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw refuse(faultWords(error), error.cause);
  }
}

function faultWords({ faults: [first] }: ShapeError): string {
  if (first === undefined) return 'is no JSON';
  if (first.path === '') return 'is no object';
  if (first.path === 'recordedUnder') return 'recordedUnder must be a text';
  if (first.keys.length < 3) return 'files must be a list of {name, bytes, sha256}';
  return faultText(first);
}
