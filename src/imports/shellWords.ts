/** Matches nothing. */
const NEVER = /(?!)/;

/** What stands at an index of a text in place of what is written there, and the index after it; null: what is written. */
export type Expand = (
  text: string,
  at: number,
  quote: string,
) => { readonly end: number; readonly value: string } | null;

/** Words of a command as a shell splits them; a backslash and quotes are taken away. */
export function shellWords(text: string, expand: Expand = () => null): readonly string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    const expanded = expand(text, i, quote);
    if (expanded !== null) {
      // without quotes a value is split at its blanks, but not in an assignment
      const isSplit: boolean = quote === '' && !/^[A-Za-z_]\w*=/.test(word ?? '');
      const pieces: string[] = `${word ?? ''}${expanded.value}`.split(isSplit ? /\s+/ : NEVER);
      word = pieces.pop()!;
      words.push(...pieces);
      i = expanded.end - 1;
    } else if (quote !== '') {
      if (character === quote) quote = '';
      else if (character === '\\' && quote === '"' && /["\\$`\n]/.test(text[i + 1] ?? '')) word += text[++i]!;
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (character === '\\' && i + 1 < text.length) word = (word ?? '') + text[++i]!;
    else if (!/\s/.test(character)) word = (word ?? '') + character;
    else if (word !== null) {
      words.push(word);
      word = null;
    }
  }
  return word === null ? words : [...words, word];
}
