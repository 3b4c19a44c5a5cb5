import type { NodeName } from '../topology/topology.ts';
import { generationsOf } from './runFact.ts';

/** A generation that served, as a host's list of those it keeps names it. */
export interface Kept {
  /** Of the cluster. */
  readonly generation: string;
  /** The run in which it served first. */
  readonly run: string;
  /** Generation of each of the cluster's servers in it. */
  readonly nodes: Readonly<Record<NodeName, string>>;
}

/** The one that served last at the end. */
export function parseKept(text: string | null | undefined): readonly Kept[] {
  return (text ?? '').split('\n').flatMap((line): Kept[] => {
    try {
      const kept = JSON.parse(line) as Kept;
      return typeof kept.generation === 'string' && typeof kept.run === 'string'
        ? [{ ...kept, nodes: generationsOf(kept.nodes) }]
        : [];
    } catch {
      return [];
    }
  });
}

export function keptText({ generation, run, nodes }: Kept): string {
  return JSON.stringify({ generation, run, nodes });
}

/** Name of a generation's folder. */
export function keptName(generation: string): string {
  return generation.slice(0, 12);
}
