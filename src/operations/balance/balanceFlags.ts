import { Flags } from '@oclif/core';
import { SOLVER_NAMES } from '../pattern/solverNames.ts';
import { runFlags } from '../session/runFlags.ts';
import { watchFlags } from './watch/watchFlags.ts';

/** The flags of `balance`. */
export const balanceFlags = {
  override: runFlags.override,
  forks: runFlags.forks,
  yes: runFlags.yes,
  verbose: runFlags.verbose,
  check: Flags.boolean({ char: 'C', description: 'show what would be gained, and change nothing' }),
  write: Flags.boolean({
    description: 'write what was decided into the deployment file, comments kept, instead of beside it',
  }),
  role: Flags.option({
    options: ['prefill', 'decode', 'mixed', 'all'] as const,
    default: 'all' as const,
    description: 'whose experts',
  })(),
  kind: Flags.option({
    options: ['auto', 'rearrange', 'redundant'] as const,
    default: 'auto' as const,
    description:
      'one slot per expert, or one more slot on each die; auto: the guideline’s choice (up to 32 dies rearrange), unless the other is predicted to be better',
  })(),
  solver: Flags.option({ options: SOLVER_NAMES, default: 'omniplace' as const, description: 'who places' })(),
  seed: Flags.integer({ default: 0, min: 0, description: 'of the solver' }),
  windows: Flags.integer({
    default: 5,
    min: 1,
    max: 60,
    description:
      'windows with load that are wanted of each instance, before and after; with --watch: the newest that count',
  }),
  wait: Flags.integer({ default: 15, min: 0, helpValue: 'MINUTES', description: 'how long to wait for them' }),
  'min-gain': Flags.string({
    default: '0.02',
    helpValue: 'SHARE',
    description: 'share of a step’s time that a restart must save',
  }),
  'expert-share': Flags.string({
    default: '0.4',
    helpValue: 'SHARE',
    description: 'share of a step’s time that the experts take, for the prediction; measure yours',
  }),
  ...watchFlags,
};
