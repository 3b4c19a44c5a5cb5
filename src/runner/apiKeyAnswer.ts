import type { ReadApiKey } from './context.ts';

/** A key for requests, as far as it can be read. */
export interface ReadKey {
  readonly value: string | null;
  /** Why it can't be read; null: it can, or there is none. */
  readonly problem: string | null;
}

/** Without its key a server still answers, so that one that can't be read hides nothing. */
export async function readKey(apiKey: ReadApiKey): Promise<ReadKey> {
  try {
    return { value: await apiKey(), problem: null };
  } catch (error) {
    return { value: null, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** What a server that denied a request needs. */
export function deniedWords(called: string, status: number, { value, problem }: ReadKey): string {
  if (value !== null) return `${called} answers, and refuses the API key (${status})`;
  if (problem !== null) return `${called} answers, and needs an API key (${status}). ${problem}`;
  return `${called} answers, and needs an API key (${status}): set services.api_key to where it is kept`;
}
