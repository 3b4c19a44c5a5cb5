import type { Work } from './job.ts';

export interface Options {
  readonly json: boolean;
  readonly only: readonly Section[];
  /** Runs of each contestant, of which the median counts. */
  readonly runs: number;
  /** Hosts of all works but one. */
  readonly hosts: number;
  /** Hosts of the one that is about many. */
  readonly many: number;
  /** A work of ours alone: for those who make it faster. */
  readonly oursOnly: boolean;
}

export type Section = Work;

const SECTIONS: readonly Section[] = ['files', 'steps', 'big', 'noop'];

export function readOptions(argv: readonly string[]): Options {
  const value = (flag: string) => (argv.includes(flag) ? argv[argv.indexOf(flag) + 1] : undefined);
  const quick = argv.includes('--quick');
  const only = value('--only')?.split(',') ?? SECTIONS;
  const unknown = only.filter((name) => !(SECTIONS as readonly string[]).includes(name));
  if (unknown.length > 0) throw new Error(`--only knows ${SECTIONS.join(', ')}, not ${unknown.join(', ')}`);
  return {
    json: argv.includes('--json'),
    only: only as Section[],
    runs: Number(value('--runs') ?? (quick ? 1 : 3)),
    hosts: Number(value('--hosts') ?? (quick ? 4 : 16)),
    many: Number(value('--many') ?? (quick ? 16 : 64)),
    oursOnly: argv.includes('--ours'),
  };
}
