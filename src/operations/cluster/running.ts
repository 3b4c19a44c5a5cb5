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
export function runningPattern({ desired, engine, facts, inputs }: ClusterView, node: Node): RunningPattern {
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
  const placed = engine.experts?.placed(node.settings);
  if (placed === undefined) return unknown(`engine ${engine.name} does not say where its experts are`);
  const { enabled, file, dynamic } = placed;
  if (!enabled) return { pattern: 'off', dynamic: false, because: null };
  if (file === null) return { pattern: 'base', dynamic, because: null };
  const digest = inputs.files[file]?.sha256 ?? null;
  return { pattern: digest, dynamic, because: digest === null ? `${file} is not here` : null };
}
