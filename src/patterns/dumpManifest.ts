import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { UserError } from '../cli/userError.ts';

/** `manifest.json` of a dump folder: what it must hold, and what served while it was recorded. */
export interface DumpManifest {
  /** `base`, or the path of a pattern or map; null: not said */
  readonly recordedUnder: string | null;
}

export interface DumpFinding {
  /** error: the data is worth less than it seems */
  readonly severity: 'error' | 'warning';
  readonly text: string;
}

interface ReadManifest {
  readonly manifest: DumpManifest | null;
  readonly findings: readonly DumpFinding[];
  /** files that are not what the manifest says */
  readonly damaged: ReadonlySet<string>;
}

export async function readManifest(folder: string, names: readonly string[]): Promise<ReadManifest> {
  if (!names.includes('manifest.json')) return { manifest: null, findings: [], damaged: new Set() };
  const path = join(folder, 'manifest.json');
  const { recordedUnder, files } = parseManifest(path, await readFile(path, 'utf8'));
  const findings: DumpFinding[] = [];
  const damaged = new Set<string>();
  for (const { name, sizeBytes, sha256 } of files) {
    const fault = names.includes(name)
      ? difference(await readFile(join(folder, name)), sizeBytes, sha256)
      : 'is missing, though manifest.json lists it';
    if (fault === null) continue;
    damaged.add(name);
    findings.push({ severity: 'error', text: `${join(folder, name)} ${fault}` });
  }
  const under =
    recordedUnder === null || recordedUnder === 'base' || isAbsolute(recordedUnder)
      ? recordedUnder
      : join(folder, recordedUnder);
  return { manifest: { recordedUnder: under }, findings, damaged };
}

function difference(bytes: Uint8Array, sizeBytes: number | undefined, sha256: string | undefined): string | null {
  if (sizeBytes !== undefined && bytes.length !== sizeBytes) {
    return `has ${bytes.length} bytes, manifest.json says ${sizeBytes}: it was left out`;
  }
  if (sha256 !== undefined && createHash('sha256').update(bytes).digest('hex') !== sha256) {
    return 'is not the file manifest.json has the digest of: it was left out';
  }
  return null;
}

interface ManifestFile {
  readonly name: string;
  readonly sizeBytes?: number;
  readonly sha256?: string;
}

function parseManifest(path: string, text: string): { recordedUnder: string | null; files: readonly ManifestFile[] } {
  const fault = (why: string, cause?: unknown) =>
    new UserError('bad_manifest', `${path}: ${why}`, {
      hint: 'It reads {"recordedUnder": "base" or a pattern file, "files": [{"name", "sizeBytes", "sha256"}]}.',
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw fault('is no JSON', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fault('is no object');
  const { recordedUnder = null, files = [] } = value as { recordedUnder?: unknown; files?: unknown };
  if (recordedUnder !== null && typeof recordedUnder !== 'string') throw fault('recordedUnder must be a text');
  if (!Array.isArray(files) || !files.every(isManifestFile))
    throw fault('files must be a list of {name, sizeBytes, sha256}');
  return { recordedUnder, files };
}

function isManifestFile(value: unknown): value is ManifestFile {
  if (typeof value !== 'object' || value === null) return false;
  const { name, sizeBytes, sha256 } = value as Record<string, unknown>;
  const isPlain = typeof name === 'string' && !/[/\\\0]/.test(name);
  return (
    isPlain && ['undefined', 'number'].includes(typeof sizeBytes) && ['undefined', 'string'].includes(typeof sha256)
  );
}
