import { randomInt } from 'node:crypto';

/** Tokens of the largest KV block that is usual. Shorter prompts may be in no whole block, and would not be transferred. */
const BLOCK_TOKENS = 128;
/** Each is at least one token: more than two blocks. */
export const FRESH_PROMPT_WORDS = 2 * BLOCK_TOKENS + 32;
const WORDS =
  'river stone map light train music bread water paper green field house letter morning window garden silver road number story'.split(
    ' ',
  );

/** A prompt that no server has seen, so that none of its KV cache is there already. */
export function freshPrompt(): string {
  const words = Array.from({ length: FRESH_PROMPT_WORDS - 1 }, () => WORDS[randomInt(WORDS.length)]!);
  return [randomInt(2 ** 47).toString(36), ...words].join(' ');
}
