import { isAlias, isMap, isScalar, type Node, parseDocument, visit } from 'yaml';
import { keyText } from './positions.ts';
import { editDistance } from './suggest.ts';

/** Offsets `[from, to)` of a deployment file's text that no message may show: passwords and passphrases, misspelt ones too. */
export function secretSpans(text: string): readonly (readonly [number, number])[] {
  return [...spansByForm(text), ...spansBySyntax(text)].sort((a, b) => a[0] - b[0]);
}

/** Looks like a secret's key: works on files that are no YAML. */
function* spansByForm(text: string): Generator<readonly [number, number]> {
  for (const match of text.matchAll(SECRET_ENTRY)) {
    const value = match[3]!;
    if (value.startsWith('{') || value.startsWith('[')) continue;
    const from = match.index + match[1]!.length;
    yield [from, from + value.length];
  }
}

// key and colon; then a quoted value, or the rest of the line, or in a flow map as much as up to the next comma or brace
const SECRET_ENTRY =
  /(["']?([A-Za-z_-]*pass[A-Za-z_-]*|[A-Za-z_-]*secret[A-Za-z_-]*|pwd)["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?|[^\n]+)/gi;

/** What stands under a secret's key by YAML's own reading: values over several lines and behind anchors too. */
function spansBySyntax(text: string): (readonly [number, number])[] {
  const spans: (readonly [number, number])[] = [];
  try {
    const document = parseDocument(text, { uniqueKeys: false, prettyErrors: false, logLevel: 'silent' });
    visit(document, {
      Pair(_, pair) {
        if (!looksSecret(keyText(pair.key))) return;
        const value = isAlias(pair.value) ? pair.value.resolve(document) : pair.value;
        if (isScalar(value) && value.range) spans.push([value.range[0], value.range[1]]);
        if (isMap(value)) return;
        const range = (value as Node | null | undefined)?.range;
        if (range) spans.push([range[0], range[1]]);
      },
    });
  } catch (error) {
    // nested too deeply to be read: the text's form has to do
    if (!(error instanceof RangeError)) throw error;
  }
  return spans;
}

function looksSecret(key: string): boolean {
  const word = key.toLowerCase();
  return /pass|secret|^pwd$/.test(word) || ['password', 'passphrase'].some((name) => editDistance(word, name) <= 3);
}
