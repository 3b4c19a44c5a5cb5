import { execFileSync } from 'node:child_process';
import type { FlagTable } from '../../src/engines/vllm/flags/flag.ts';

const MOST_BYTES = 16 * 1024 * 1024;

/** What `vllm serve` of a source tree accepts, read from its definitions. */
export function vllmSource(folder: string): FlagTable {
  const script = new URL('../../scripts/vllm-arguments.py', import.meta.url).pathname;
  const answer = execFileSync('python3', [script, folder, `version=${folder}`, 'commit=', 'date='], {
    encoding: 'utf8',
    maxBuffer: MOST_BYTES,
  });
  return tableOf(JSON.parse(answer) as RecordedTable);
}

/** As scripts/vllm-arguments.py prints it. */
export interface RecordedTable extends Omit<FlagTable, 'flags'> {
  readonly flags: readonly (FlagTable['flags'][string] & { readonly name: string })[];
}

export function tableOf(recorded: RecordedTable): FlagTable {
  return { ...recorded, flags: Object.fromEntries(recorded.flags.map(({ name, ...flag }) => [name, flag])) };
}
