import type { NodeName } from '../topology/topology.ts';

/** The run that changed a host last, as that host remembers it. */
export interface RunFact {
  readonly run: string;
  readonly command: string;
  /** `running` without a lease: its process was killed. */
  readonly state: 'running' | 'done' | 'failed' | 'interrupted' | 'rolled-back';
  readonly owner: string;
  /** Of the cluster. */
  readonly generation: string;
  /** Generation of each of the cluster's servers in it. */
  readonly nodes: Readonly<Record<NodeName, string>>;
}

export function parseRunFact(text: string | null | undefined): RunFact | null {
  try {
    const fact = JSON.parse(text ?? '') as RunFact;
    const { run, command, state, owner, generation } = fact;
    const isWhole = [run, command, state, owner, generation].every((part) => typeof part === 'string');
    return isWhole ? { ...fact, nodes: generationsOf(fact.nodes) } : null;
  } catch {
    return null;
  }
}

/** A host's answer is input: a value of another type counts as absent. */
export function generationsOf(nodes: unknown): RunFact['nodes'] {
  const said = Object.entries(typeof nodes === 'object' && nodes !== null ? nodes : {});
  return Object.fromEntries(said.filter((entry): entry is [NodeName, string] => typeof entry[1] === 'string'));
}

export function runFactText({ run, command, state, owner, generation, nodes }: RunFact): string {
  return JSON.stringify({ run, command, state, owner, generation, nodes });
}
