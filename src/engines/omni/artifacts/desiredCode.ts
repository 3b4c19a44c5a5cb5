import type { Deployment } from '../../../deployment/deployment.ts';
import type { NodePaths } from '../../../topology/paths.ts';
import type { Node } from '../../../topology/topology.ts';
import type { Artifact } from '../../artifact.ts';
import type { Unknown } from '../../desired.ts';
import type { LocalInputs } from '../../inputs.ts';
import { codePaths } from '../hostPaths.ts';
import { syncedCode } from './artifacts.ts';
import { codeTree } from './inputs.ts';

interface DesiredCode {
  /** null: the image's own code is used, or the folder is missing on this machine. */
  readonly code: Artifact | null;
  readonly unknown: readonly Unknown[];
}

/** The code that a node runs, where the deployment brings its own. */
export function desiredCode(
  { name: node, host }: Pick<Node, 'name' | 'host'>,
  paths: NodePaths,
  deployment: Deployment,
  inputs: LocalInputs,
): DesiredCode {
  const from = codeTree(deployment);
  if (from === null) return { code: null, unknown: [] };
  const digest = inputs.trees[from] ?? null;
  if (digest === null) {
    return { code: null, unknown: [{ fact: `folder ${from}`, of: 'this-machine', host, node, blocks: 'server' }] };
  }
  const { folder: to, marker } = codePaths(paths);
  return { code: syncedCode({ from, to, digest, marker }), unknown: [] };
}
