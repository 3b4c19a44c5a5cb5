import { filesOf } from '../../src/engines/artifact.ts';
import type { NodeName } from '../../src/topology/topology.ts';
import type { Rendered } from '../fakes/renderedFor.ts';

/** Variables that the files of a node export. */
export function exportedNames({ nodes }: Rendered, node: NodeName): readonly string[] {
  const texts = filesOf(nodes[node]!).flatMap(({ content }) => ('text' in content ? [content.text] : []));
  const names = texts.flatMap((text) => [...text.matchAll(/^\s*export (\w+)=/gm)].map((match) => match[1]!));
  return [...new Set(names)];
}
