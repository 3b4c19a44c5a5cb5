import { type Document, isAlias, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml';
import { keyText } from './positions.ts';
import { credentialsOf, isSecretName } from './secretName.ts';
import { editDistance } from './suggest.ts';

/** Where a secret is kept may be seen; whatever else stands there may be the secret itself, in the wrong form. */
const SOURCES = new Set(['env', 'file', 'command']);

// begins where a word does: tried at each letter of a long one, it would take minutes
const SECRET_ENTRY =
  /(?<![A-Za-z_-])(["']?[A-Za-z_-]*(?:pass|secret|pwd)[A-Za-z_-]*["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?|[^\n]+)/gi;

/** Offsets `[from, to)` of a deployment file's text that no message may show: passwords and passphrases, misspelt ones too. */
export function secretSpans(text: string): readonly (readonly [number, number])[] {
  return (spansBySyntax(text) ?? spansByForm(text)).sort((a, b) => a[0] - b[0]);
}

/** What stands under a secret's key by YAML's reading: values over several lines and behind anchors too. null: not YAML. */
function spansBySyntax(text: string): [number, number][] | null {
  const spans: [number, number][] = [];
  try {
    const document = parseDocument(text, { uniqueKeys: false, prettyErrors: false, logLevel: 'silent' });
    if (document.errors.length > 0) return null;
    visit(document, {
      Pair(_, pair) {
        const key = keyText(pair.key);
        if (looksSecret(key) || isSecretName(key) || (key === 'http_proxy' && hasCredentials(pair.value)))
          spans.push(...spansBelow(pair.value, document));
      },
    });
    return spans;
  } catch (error) {
    // the parser is recursive, and this is nested too deeply
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function spansBelow(node: unknown, document: Document): [number, number][] {
  const value = isAlias(node) ? node.resolve(document) : node;
  if (isScalar(value)) return value.range ? [[value.range[0], value.range[1]]] : [];
  if (isSeq(value)) return value.items.flatMap((item) => spansBelow(item, document));
  if (!isMap(value)) return [];
  return value.items.flatMap(({ key, value: inner }) =>
    SOURCES.has(keyText(key)) ? [] : [...spansBelow(key, document), ...spansBelow(inner, document)],
  );
}

/** What looks like a secret's entry in a text that is no YAML: up to the end of the line, or of the quotes. */
function spansByForm(text: string): [number, number][] {
  return [...text.matchAll(SECRET_ENTRY)].map((match) => {
    const from = match.index + match[1]!.length;
    return [from, from + match[2]!.length];
  });
}

function hasCredentials(node: unknown): boolean {
  return isScalar(node) && typeof node.value === 'string' && credentialsOf(node.value) !== null;
}

function looksSecret(key: string): boolean {
  const word = key.toLowerCase();
  return /pass|secret|^pwd$/.test(word) || ['password', 'passphrase'].some((name) => editDistance(word, name) <= 3);
}
