/** Index of the round bracket that closes the one at `open`; those in quotes or behind a backslash don't count. Null: none does. */
export function closingBracket(text: string, open: number): number | null {
  let depth = 0;
  let quote = '';
  for (let i = open; i < text.length; i++) {
    const character = text[i]!;
    if (character === '\\' && quote !== "'") i += 1;
    else if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    if (depth === 0) return i;
  }
  return null;
}
