import { parseLoosely } from '../files/parseJson.ts';
import { type RunFact, RunFactShape } from './state.gen.ts';

export type { RunFact } from './state.gen.ts';

/** A host's answer is input: a value of another type counts as absent. */
export function parseRunFact(text: string | null | undefined): RunFact | null {
  return parseLoosely(text, RunFactShape);
}

export function runFactText({ run, command, state, owner, generation, nodes }: RunFact): string {
  return JSON.stringify({ run, command, state, owner, generation, nodes });
}
