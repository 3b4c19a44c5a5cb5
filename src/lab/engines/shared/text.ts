import { hashText } from './hashText.ts';

const FNV_OFFSET = 0x811c9dc5;
const SHORTEST = 16; // tokens
const WORDS =
  'the a model expert token layer rank light river stone bright quiet finds keeps sends learns and but while under over near often slowly new old'.split(
    ' ',
  );

/** The lab's tokenizer: pieces of at most four visible characters, each with the white space before it. */
export function tokenize(text: string): string[] {
  return text.match(/\s*\S{1,4}|\s+$/g) ?? [];
}

/** A hash of every prefix: what the gate sees of each token is its context. */
export function contextHashes(tokens: readonly string[]): number[] {
  let state = FNV_OFFSET;
  return tokens.map((token) => {
    state = hashText(state, `${token}\0`);
    return state;
  });
}

/** The answer to a prompt whose last context hash is given: the same words for the same prompt, everywhere. */
export function answerTokens(prompt: number, maxTokens: number, ignoreEos: boolean): string[] {
  const natural = SHORTEST + (prompt % 48);
  const length = ignoreEos ? maxTokens : Math.min(maxTokens, natural);
  return Array.from({ length }, (_, at) => ` ${WORDS[hashText(prompt, String(at)) % WORDS.length]}`);
}
