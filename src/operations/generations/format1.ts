import { artifactsOfFormat1, type NodeOfFormat1 } from '../../engines/index.ts';
import { FIRST_TREE, type KeptFile, type KeptNode, type KeptRecord } from './record.ts';

/** Kept before there were artifacts: files, rank tables, code and wheels were members of a node. */
export type KeptRecordFormat1 = Omit<KeptRecord, 'format' | 'nodes'> & {
  readonly format: 1;
  readonly nodes: readonly (Omit<KeptNode, 'artifacts' | 'paths'> &
    NodeOfFormat1<KeptFile> &
    Pick<KeptNode, 'paths'>)[];
};

export function fromFormat1(record: KeptRecordFormat1): KeptRecord {
  const nodes = record.nodes.map(({ node, host, paths, container, server, ...brought }): KeptNode => {
    const artifacts = artifactsOfFormat1<KeptFile>({ ...brought, container, paths }, FIRST_TREE);
    return { node, host, paths, container, artifacts, server };
  });
  return { ...record, format: 2, nodes };
}
