import { Flags } from '@oclif/core';
import type { Selection } from '../../plan/select.ts';
import { splitCommas } from '../../plan/splitCommas.ts';
import { ASKED_FOR_TAGS, TAGS, type Tag } from '../../plan/tags.ts';
import { deploymentFlag, LIST, overrideFlag } from './flags.ts';
import type { FlagsOf } from './flagsOf.ts';

/** Flags of every command that runs steps on hosts. */
export const runFlags = {
  override: overrideFlag,
  limit: Flags.string({
    char: 'l',
    ...LIST,
    helpValue: 'WORDS',
    description:
      'only these hosts, nodes, roles or groups (comma-separated, * and ? match, ! takes away): -l "decode,!10.0.0.7"',
  }),
  forks: Flags.integer({ default: 64, min: 1, description: 'hosts worked on at once' }),
  yes: Flags.boolean({ char: 'y', description: 'do not ask before something that runs is stopped or removed' }),
  verbose: Flags.boolean({ char: 'v', description: 'show every step with its reason and its output, as lines' }),
  timings: Flags.boolean({
    description: 'show round trips, bytes and time of each host and phase (--json always has them)',
  }),
  trace: Flags.string({
    helpValue: 'FILE',
    description: 'write what happened when to FILE, for chrome://tracing or ui.perfetto.dev',
  }),
};

/** Of commands that stop servers by hand. */
export const lastFlag = Flags.boolean({
  description: 'also stop the last instance that serves a role (default: ask for the name of the cluster)',
});

/** Flags of the commands that change what already runs as a whole: no part of it is left out. */
export const wholeRunFlags = {
  deployment: deploymentFlag,
  override: runFlags.override,
  forks: runFlags.forks,
  yes: runFlags.yes,
  verbose: runFlags.verbose,
  timings: runFlags.timings,
  trace: runFlags.trace,
  check: Flags.boolean({ char: 'C', description: 'show what would be done, and do nothing' }),
};

/** Flags that take a part of a plan. Ansible's names work too. */
export const selectionFlags = {
  only: Flags.string({
    char: 't',
    aliases: ['tags'],
    ...LIST,
    helpValue: 'TAGS',
    description: 'only these tags, comma-separated (--list-tags shows them)',
  }),
  skip: Flags.string({
    aliases: ['skip-tags'],
    ...LIST,
    helpValue: 'TAGS',
    description: 'all but these tags',
  }),
  'start-at': Flags.string({
    aliases: ['start-at-task'],
    helpValue: 'TAG|STEP',
    description: 'leave out everything before this tag or step',
  }),
};

export function selectionOf(
  flags: FlagsOf<typeof selectionFlags> & { limit: readonly string[]; 'take-over'?: readonly string[] },
): Selection {
  return {
    only: flags.only,
    skip: flags.skip,
    limit: flags.limit,
    startAt: flags['start-at'] ?? null,
    takeOver: flags['take-over'] ?? [],
  };
}

/** Tags a selection may run, as far as that can be told without a plan. */
export function tagsOf({ only, skip, startAt }: Selection): ReadonlySet<Tag> {
  const [named, skipped] = [splitCommas(only), splitCommas(skip)];
  const startIndex = Math.max(0, startAt === null ? 0 : TAGS.indexOf(startAt));
  const all = named.length > 0 ? [...TAGS, ...ASKED_FOR_TAGS] : TAGS;
  return new Set(
    all.filter((tag, i) => i >= startIndex && (named.length > 0 ? named.includes(tag) : !skipped.includes(tag))),
  );
}
