import type { Argv } from '../shell/argv.ts';
import type { DesiredFile } from './desiredFile.ts';

/** What an engine's server needs on its host, and how it comes there. Plain data: hosts keep it as JSON. */
export interface Artifact<File = DesiredFile> {
  /** The engine's tag whose phase brings it; no other artifact of the node has it. */
  readonly tag: string;
  /** `host`: all nodes of the host share it, and it is brought once. */
  readonly scope: 'node' | 'host';
  /** It is part of the server's generation: with another one the server restarts. */
  readonly restarts: boolean;
  readonly bring: PutFiles<File> | SyncTree | Install;
}

export interface PutFiles<File = DesiredFile> {
  readonly kind: 'put';
  readonly files: readonly File[];
}

export interface SyncTree {
  readonly kind: 'sync';
  /** A noun without an article, for messages: `code`. */
  readonly what: string;
  /** Absolute local folder, or one that the host keeps itself. */
  readonly from: string;
  readonly isOnHost?: true;
  /** Absolute folder on the host. */
  readonly to: string;
  readonly digest: string;
  /** Host file that contains the digest once `to` is complete. */
  readonly marker: string;
}

/** Installed in the node's container: a new container has nothing of it. */
export interface Install {
  readonly kind: 'install';
  /** A plural noun, for messages: `wheels`. */
  readonly what: string;
  /** The program that installs: `pip`. */
  readonly by: string;
  /** Imperative, without the container: `install 2 wheels`. */
  readonly title: string;
  /** Run on the host; writes {@link marker} when all is installed. */
  readonly argv: Argv;
  /** It installs what is synced: without that it fails. */
  readonly ofTree?: true;
  /** Host file that contains the container's id and these lines. */
  readonly marker: string;
  readonly lines: readonly string[];
}

/** What a probe must read to compare a node's artifacts with those that should be there. */
export interface ArtifactPaths {
  /** Every file that may be put: its digest is asked for. */
  readonly files: readonly string[];
  /** Markers of what is synced and installed. */
  readonly markers: readonly string[];
  /** The synced tree in which edits by hand are looked for, with its marker; null: none. */
  readonly tree: { readonly folder: string; readonly marker: string } | null;
}

/** What the marker contains. The container's id comes first: what was installed in another container does not count. */
export function installedText({ lines }: Install, containerId: string): string {
  return [containerId, ...lines, ''].join('\n');
}

/** All files that are put for a node. */
export function filesOf<File>({ artifacts }: { readonly artifacts: readonly Artifact<File>[] }): readonly File[] {
  return artifacts.flatMap(({ bring }) => (bring.kind === 'put' ? bring.files : []));
}
