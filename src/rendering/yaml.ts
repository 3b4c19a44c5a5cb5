import { stringify } from 'yaml';
import type { JsonObject } from '../deployment/deployment.ts';

/** Block YAML under a comment. Written as 1.1, which PyYAML reads: there `on` and `yes` need quotes to stay text. */
export function blockYaml(comment: string, value: JsonObject): string {
  const lines = comment.split('\n').map((line) => `# ${line}\n`);
  return lines.join('') + stringify(value, { version: '1.1', lineWidth: 0 });
}
