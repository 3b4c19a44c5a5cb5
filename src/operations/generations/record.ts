import type { Deployment } from '../../deployment/deployment.ts';
import type { Artifact } from '../../engines/artifact.ts';
import type { DesiredNode } from '../../engines/desired.ts';
import type { DesiredFile } from '../../engines/desiredFile.ts';

/** What a host keeps of a generation next to its files: enough to bring it back from any controller. */
export interface KeptRecord {
  readonly format: 2;
  readonly generation: string;
  readonly run: string;
  /** Every host of it. */
  readonly hosts: readonly string[];
  /** Without logins: a rollback uses those of today. */
  readonly deployment: Deployment;
  /** sha256 of the local files that it was made of, by their path from the deployment file; absent in older records. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Who served it first, when, and what it changed, key by key; absent in older records. */
  readonly served?: { readonly by: string; readonly at: string; readonly keys: readonly string[] };
  /** Those of this host. */
  readonly nodes: readonly KeptNode[];
}

/** A node whose files are next to the record, each tree in the folder that its artifact's `from` names. */
export type KeptNode = Omit<DesiredNode, 'artifacts'> & { readonly artifacts: readonly Artifact<KeptFile>[] };

export type KeptFile = Omit<DesiredFile, 'content'>;

/** A tree that a host keeps, and the folder of the generation that it is in. */
export interface KeptTree {
  readonly name: string;
  readonly what: string;
  /** On the host, where it is in use. */
  readonly to: string;
  readonly digest: string;
  readonly marker: string;
}

/** The trees of a host's nodes, each once. */
export function treesOf(nodes: readonly Pick<KeptNode, 'artifacts'>[]): readonly KeptTree[] {
  const trees = new Map(
    nodes.flatMap(({ artifacts }) =>
      artifacts.flatMap(({ bring }) => (bring.kind === 'sync' ? [[bring.to, bring] as const] : [])),
    ),
  );
  return [...trees.values()].map(({ what, to, digest, marker }, i) => ({
    name: i === 0 ? FIRST_TREE : `${FIRST_TREE}-${i + 1}`,
    what,
    to,
    digest,
    marker,
  }));
}

/** As in format 1, which had no other. */
export const FIRST_TREE = 'code';
