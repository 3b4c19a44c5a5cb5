import { Flags } from '@oclif/core';
import { runFlags, wholeRunFlags } from '../session/runFlags.ts';

/** The flags of `rollback`. */
export const rollbackFlags = {
  ...wholeRunFlags,
  limit: runFlags.limit,
  to: Flags.string({
    helpValue: 'RUN',
    description: 'run in which the generation served first, or the generation itself (or the beginning of one)',
  }),
  list: Flags.boolean({
    exclusive: ['to', 'check', 'diff', 'limit', 'yes'],
    description: 'list the generations that the hosts keep, and do nothing',
  }),
  diff: Flags.boolean({ char: 'D', description: 'show how files on the hosts would change' }),
};
