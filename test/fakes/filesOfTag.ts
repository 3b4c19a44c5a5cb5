import { filesOf } from '../../src/engines/artifact.ts';
import type { DesiredNode } from '../../src/engines/desired.ts';
import type { DesiredFile } from '../../src/engines/desiredFile.ts';

/** Files that one tag puts for a node. */
export function filesOfTag(node: DesiredNode | undefined, tag: string): readonly DesiredFile[] {
  return filesOf({ artifacts: node?.artifacts.filter((artifact) => artifact.tag === tag) ?? [] });
}
