import { editDistance } from '../deployment/suggest.ts';

/** The flag of a command that an unknown one most likely stands for, as it is typed; null: none is near. */
export function meantFlag(written: string, known: readonly KnownFlag[]): string | null {
  const name = written.replace(/^--?/, '').replace(/=.*$/s, '').toLowerCase().replaceAll('_', '-');
  if (!written.startsWith('--')) return null;
  const forms = known.flatMap((flag) => [flag.name, ...(flag.aliases ?? [])]);
  const other = OTHER_TOOLS[name]?.find((form) => forms.includes(form));
  if (other !== undefined) return `--${other}`;
  const allowed = name.length < 4 ? 1 : Math.max(2, Math.floor(name.length / 3));
  const near = forms
    .filter((form) => !UNASKED.has(form))
    .map((form) => ({ form, distance: editDistance(name, form.toLowerCase()) }))
    .filter(({ form, distance }) => distance <= allowed && distance < form.length)
    .sort((a, b) => a.distance - b.distance);
  return near[0] === undefined ? null : `--${near[0].form}`;
}

export interface KnownFlag {
  readonly name: string;
  readonly aliases?: readonly string[] | undefined;
}

/** Flags that answer a question, overwrite or take away: no typo leads to them. */
const UNASKED: ReadonlySet<string> = new Set([
  'yes',
  'force',
  'remove',
  'take-over',
  'rollback',
  'no-rollback',
  'last',
]);

const CHECK = ['check'];
const LIMIT = ['limit'];
const DEPLOYMENT = ['deployment'];
const OUT = ['out'];

/** What other tools call a flag: ours in the order of preference. */
const OTHER_TOOLS: Readonly<Record<string, readonly string[]>> = {
  'dry-run': CHECK,
  dryrun: CHECK,
  plan: CHECK,
  noop: CHECK,
  preview: CHECK,
  simulate: CHECK,
  'check-mode': CHECK,
  host: [...LIMIT, 'hosts'],
  hosts: LIMIT,
  node: LIMIT,
  nodes: LIMIT,
  file: DEPLOYMENT,
  config: DEPLOYMENT,
  inventory: DEPLOYMENT,
  set: ['override'],
  var: ['override'],
  vars: ['override'],
  'extra-var': ['override'],
  step: ['only'],
  tag: ['only'],
  phase: ['only'],
  'start-from': ['start-at'],
  parallel: ['forks'],
  jobs: ['forks'],
  debug: ['verbose'],
  tail: ['lines'],
  output: OUT,
  'output-dir': OUT,
  it: ['interactive'],
};
