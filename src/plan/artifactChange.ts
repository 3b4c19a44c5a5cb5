import { type Artifact, type Install, installedText, type PutFiles, type SyncTree } from '../engines/artifact.ts';
import type { DesiredNode } from '../engines/desired.ts';
import type { DesiredFile } from '../engines/desiredFile.ts';
import type { ReachedHost } from '../facts/facts.ts';
import { shortDigest } from '../files/digests.ts';
import { type ContainerChange, containerOf } from './containerChange.ts';

/** Names listed in a reason. */
const NAMED = 3;

/** What an artifact is compared with. */
interface Found {
  readonly node: DesiredNode;
  readonly host: ReachedHost;
  /** What will be done with the node's container; null: nothing. */
  readonly container: ContainerChange | null;
  /** Nothing may be done in the container. */
  readonly isBlocked: boolean;
}

/** What has to be brought of an artifact, and why; null: it is as it should be. */
export function artifactChange(
  artifact: Artifact,
  found: Found,
): { readonly artifact: Artifact; readonly because: string } | null {
  const { bring } = artifact;
  if (bring.kind === 'put') {
    const files = differing(bring, found.host);
    if (files.length === 0) return null;
    return { artifact: { ...artifact, bring: { ...bring, files } }, because: becauseOfFiles(files) };
  }
  const because = bring.kind === 'sync' ? syncReason(bring, found.host) : installReason(bring, found);
  return because === null ? null : { artifact, because };
}

function differing({ files }: PutFiles, host: ReachedHost): DesiredFile[] {
  return files
    .map((file) => ({ ...file, found: host.digests[file.path] ?? null }))
    .filter((file) => file.found !== file.sha256);
}

function becauseOfFiles(files: readonly DesiredFile[]): string {
  const missing = files.filter(({ found }) => found === null);
  const changed = files.filter(({ found }) => found !== null);
  const name = ({ path }: DesiredFile) => path.slice(path.lastIndexOf('/') + 1);
  const list = (some: readonly DesiredFile[]) => named([...new Set(some.map(name))]);
  return [missing.length > 0 ? `missing: ${list(missing)}` : '', changed.length > 0 ? `changed: ${list(changed)}` : '']
    .filter(Boolean)
    .join('; ');
}

function syncReason({ what, marker, digest }: SyncTree, host: ReachedHost): string | null {
  const found = host.texts[marker]?.trim() ?? null;
  if (found === null) return `the ${what} is not on the host`;
  if (found !== digest) return `the ${what} changed (${shortDigest(found)} -> ${shortDigest(digest)})`;
  return host.codeEdits.length === 0 ? null : `changed on the host after it was synced: ${named(host.codeEdits)}`;
}

function installReason(install: Install, { node, host, container, isBlocked }: Found): string | null {
  if (isBlocked) return null;
  const found = containerOf(node, host);
  if (!found || container?.how === 'create' || container?.how === 'recreate') return 'new container';
  const installed = host.texts[install.marker]?.trim() ?? null;
  if (installed === installedText(install, found.id).trim()) return null;
  if (installed === null || !installed.startsWith(found.id))
    return `${install.what} are not installed in this container`;
  return `${install.what} changed`;
}

function named(names: readonly string[]): string {
  return names.length <= NAMED
    ? names.join(', ')
    : `${names.slice(0, NAMED).join(', ')} and ${names.length - NAMED} more`;
}
