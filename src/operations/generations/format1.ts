import { artifactsOfFormat1, type NodeOfFormat1, readinessOfFormat1 } from '../../engines/index.ts';
import { FIRST_TREE, type KeptFile, type KeptNode, type KeptRecord } from './record.ts';

/** Kept before there were artifacts: files, rank tables, code and wheels were members of a node. */
export type KeptRecordFormat1 = Omit<KeptRecord, 'format' | 'nodes'> & {
  readonly format: 1;
  readonly nodes: readonly KeptNodeFormat1[];
};

type KeptNodeFormat1 = Pick<KeptNode, 'node' | 'host' | 'container' | 'paths'> &
  NodeOfFormat1<KeptFile> & { readonly server: Omit<KeptNode['server'], 'readiness'> };

export function fromFormat1(record: KeptRecordFormat1): KeptRecord {
  return { ...record, format: 2, nodes: record.nodes.map(nodeFromFormat1) };
}

function nodeFromFormat1(kept: KeptNodeFormat1): KeptNode {
  const { node, host, paths, container } = kept;
  const { joined: _, ...server } = { ...kept.server, readiness: readinessOfFormat1(kept) };
  return { node, host, paths, container, artifacts: artifactsOfFormat1(kept, FIRST_TREE), server };
}
