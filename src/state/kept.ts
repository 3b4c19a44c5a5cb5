import { parseLoosely } from '../files/parseJson.ts';
import { type Kept, KeptShape } from './state.gen.ts';

export type { Kept } from './state.gen.ts';

/** The one that served last at the end. */
export function parseKept(text: string | null | undefined): readonly Kept[] {
  return (text ?? '').split('\n').flatMap((line) => parseLoosely(line, KeptShape) ?? []);
}

export function keptText({ generation, run, nodes }: Kept): string {
  return JSON.stringify({ generation, run, nodes });
}

/** Name of a generation's folder. */
export function keptName(generation: string): string {
  return generation.slice(0, 12);
}
