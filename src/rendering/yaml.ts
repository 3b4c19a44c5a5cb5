import { stringify } from 'yaml';
import type { JsonObject } from '../deployment/deployment.ts';

/** Block YAML under a comment. Written as 1.1, which PyYAML reads: there `on` and `yes` need quotes to stay text. */
export function blockYaml(comment: string, value: JsonObject): string {
  const lines = comment.split('\n').map((line) => `# ${line}\n`);
  const pairs = Object.entries(value);
  return lines.join('') + (pairs.length === 0 ? '{}\n' : pairs.map(pairYaml).join(''));
}

const MOST_KNOWN = 1000;
const known = new Map<string, string>();

/** Nodes share most of their settings: a hundred of them are written for what one costs. */
function pairYaml([key, value]: [string, JsonObject[string]]): string {
  const id = JSON.stringify([key, value]);
  const before = known.get(id);
  if (before !== undefined) return before;
  const text = stringify({ [key]: value }, { version: '1.1', lineWidth: 0 });
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(id, text);
  return text;
}
