import type { Node } from '../../topology/topology.ts';
import type { ClusterView } from './clusterView.ts';

/** The pattern and the mode of a node's experts. */
export interface RunningPattern {
  /** `off`, `base`, the sha256 of the pattern's file, or null: not known. */
  readonly pattern: string | null;
  readonly dynamic: boolean | null;
  /** Why it is not known. */
  readonly because: string | null;
}

/** What a node's servers run: known only where they were started from the deployment as it is now. */
export function runningPattern({ desired, facts, inputs }: ClusterView, node: Node): RunningPattern {
  const unknown = (because: string): RunningPattern => ({ pattern: null, dynamic: null, because });
  const wanted = desired.nodes[node.name];
  const host = facts[node.host];
  if (node.role === 'proxy' || !wanted || !host?.reachable) return unknown('the host gave no facts');
  const running = host.processes.find((process) => process.node === wanted.server.identity)?.generation;
  if (running === undefined) return unknown(`${node.name} does not run, and what it ran is not known`);
  if (running !== wanted.server.generation) {
    const [is, be] = [running.slice(0, 12), wanted.server.generation.slice(0, 12)];
    return unknown(`${node.name} runs generation ${is}, the deployment is ${be}`);
  }
  const { enabled, patternPath, enableDynamic: dynamic } = node.settings.placement;
  if (!enabled) return { pattern: 'off', dynamic: false, because: null };
  if (patternPath === null) return { pattern: 'base', dynamic, because: null };
  const digest = inputs.files[patternPath]?.sha256 ?? null;
  return { pattern: digest, dynamic, because: digest === null ? `${patternPath} is not here` : null };
}
