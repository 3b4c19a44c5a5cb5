import { Document, isMap, isScalar, Scalar, visit } from 'yaml';
import type { JsonObject } from '../deployment/deployment.ts';

const QUOTED = new Set(['hosts', 'ascend_rt_visible_devices', 'devices']);

/** A deployment file: a header, the values, and comments before keys by their dotted path. */
export function deploymentText(
  header: readonly string[],
  values: JsonObject,
  comments: Readonly<Record<string, string>>,
): string {
  const document = new Document(values);
  for (const [path, comment] of Object.entries(comments)) commentOn(document, path, comment);
  visit(document, {
    Pair: (_, pair) => {
      // host lists and ports read best as omni_cli's files have them
      if (isScalar(pair.key) && QUOTED.has(String(pair.key.value)) && isScalar(pair.value))
        pair.value.type = Scalar.QUOTE_DOUBLE;
    },
  });
  const lines = header.map((line) => (line === '' ? '#' : `# ${line}`));
  return `${lines.join('\n')}\n\n${document.toString({ lineWidth: 0, indentSeq: true })}`;
}

/** The path's last key may hold dots itself (`host 10.0.0.1`): it is looked for from the longest on. */
function commentOn(document: Document, path: string, comment: string): void {
  const text = comment
    .split('\n')
    .map((line) => ` ${line}`)
    .join('\n');
  let map: unknown = document.contents;
  let rest = path;
  while (isMap(map)) {
    const pair = map.items
      .filter(({ key }) => isScalar(key) && (rest === String(key.value) || rest.startsWith(`${String(key.value)}.`)))
      .sort((a, b) => String(b.key).length - String(a.key).length)[0];
    if (pair === undefined || !isScalar(pair.key)) return;
    const key = String(pair.key.value);
    if (rest === key) {
      pair.key.commentBefore = text;
      return;
    }
    rest = rest.slice(key.length + 1);
    map = pair.value;
  }
}
