import { UserError } from '../../errors/userError.ts';

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

export interface ManifestFile {
  readonly name: string;
  readonly bytes: number | null;
  readonly sha256: string | null;
}

/**
 * Two forms: what fetch-dumps writes above its folders (`stamp` says which is meant; null where it says nothing of it), and
 * one to write by hand into a folder: {"recordedUnder": "base" or a pattern file, "files": [{"name", "bytes", "sha256"}]}.
 */
export function parseDumpManifest(path: string, text: string, stamp: string): DumpManifest | null {
  const manifest = parseObject(path, text);
  const { recordedUnder, folders, experts } = manifest;
  const files = filesOf(path, manifest.files);
  if (folders === undefined) {
    if (recordedUnder !== undefined && typeof recordedUnder !== 'string')
      throw fault(path, 'recordedUnder must be a text');
    return { recorded: byHand(recordedUnder), dynamic: null, experts: null, files };
  }
  const folder = Array.isArray(folders) ? folders.find((one) => isRecord(one) && one.stamp === stamp) : undefined;
  if (folder === undefined) return null;
  const { pattern, dynamic, because } = isRecord(folder.recorded) ? folder.recorded : {};
  return {
    recorded: fetched(pattern, because),
    dynamic: typeof dynamic === 'boolean' ? dynamic : null,
    experts: typeof experts === 'number' ? experts : null,
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
function fetched(pattern: unknown, because: unknown): Recorded {
  if (pattern === 'base' || pattern === 'off') return { kind: 'base' };
  if (typeof pattern === 'string') return { kind: 'digest', sha256: pattern };
  return { kind: 'unknown', because: typeof because === 'string' ? because : null };
}

function filesOf(path: string, files: unknown): ManifestFile[] {
  if (files === undefined) return [];
  if (!Array.isArray(files) || !files.every(isRecord))
    throw fault(path, 'files must be a list of {name, bytes, sha256}');
  return files.map(({ name, bytes = null, sha256 = null }) => {
    const isBelow = typeof name === 'string' && !name.startsWith('/') && !name.split('/').includes('..');
    if (!isBelow || !isNullOr('number', bytes) || !isNullOr('string', sha256)) {
      throw fault(path, `files has an entry that is none: ${JSON.stringify({ name, bytes, sha256 })}`);
    }
    return { name, bytes: bytes as number | null, sha256: sha256 as string | null };
  });
}

function parseObject(path: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw fault(path, 'is no JSON', cause);
  }
  if (!isRecord(value)) throw fault(path, 'is no object');
  return value;
}

function fault(path: string, why: string, cause?: unknown): UserError {
  return new UserError('bad_manifest', `${path}: ${why}`, {
    hint: 'fetch-dumps writes it; by hand it is {"recordedUnder": "base" or a pattern file}.',
    cause,
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNullOr(type: 'number' | 'string', value: unknown): boolean {
  return value === null || typeof value === type;
}
