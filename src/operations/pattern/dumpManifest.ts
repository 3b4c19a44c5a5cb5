import { readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { sha256 as sha256Of } from '../../files/digests.ts';
import { utf8Text } from '../../files/readText.ts';
import type { ManifestFile } from './dumpManifest.gen.ts';
import { type DumpManifest, parseDumpManifest } from './parseDumpManifest.ts';

export interface DumpFinding {
  /** error: the data is worth less than it seems */
  readonly severity: 'error' | 'warning';
  readonly text: string;
}

interface ReadManifest {
  /** paths are resolved; null: there is none */
  readonly manifest: DumpManifest | null;
  readonly findings: readonly DumpFinding[];
  /** files that are not what the manifest says */
  readonly damaged: ReadonlySet<string>;
}

/** The manifest in a folder, or above it where fetch-dumps put it; every file it lists is compared with it. */
export async function readManifest(folder: string, names: readonly string[]): Promise<ReadManifest> {
  const manifest = await findManifest(folder, names);
  const findings: DumpFinding[] = [];
  const damaged = new Set<string>();
  if (manifest?.dynamic) {
    const text = `${folder}: experts moved while it was recorded (enable_dynamic), so its columns changed their meaning`;
    findings.push({ severity: 'error', text });
  }
  for (const file of manifest?.files ?? []) {
    const fault = names.includes(file.name)
      ? difference(await readFile(join(folder, file.name)), file)
      : 'is missing, though manifest.json lists it';
    if (fault === null) continue;
    damaged.add(file.name);
    findings.push({ severity: 'error', text: `${join(folder, file.name)} ${fault}` });
  }
  return { manifest, findings, damaged };
}

async function findManifest(folder: string, names: readonly string[]): Promise<DumpManifest | null> {
  const stamp = basename(resolve(folder));
  const above = join(dirname(resolve(folder)), 'manifest.json');
  const path = names.includes('manifest.json') ? join(folder, 'manifest.json') : above;
  const bytes = await readFile(path).catch(() => null);
  if (bytes === null) return null;
  const text = utf8Text(bytes, path);
  // what lies above may be of another program, or say nothing of this folder
  const manifest = path === above && !text.includes('"folders"') ? null : parseDumpManifest(path, text, stamp);
  if (manifest?.recorded.kind !== 'file') return manifest;
  const { path: pattern } = manifest.recorded;
  return {
    ...manifest,
    recorded: { kind: 'file', path: isAbsolute(pattern) ? pattern : join(dirname(path), pattern) },
  };
}

function difference(content: Uint8Array, { bytes, sha256 }: ManifestFile): string | null {
  if (bytes !== null && content.length !== bytes) {
    return `has ${content.length} bytes, manifest.json says ${bytes}: it was left out`;
  }
  if (sha256 !== null && sha256Of(content) !== sha256) {
    return 'is not the file manifest.json has the digest of: it was left out';
  }
  return null;
}
