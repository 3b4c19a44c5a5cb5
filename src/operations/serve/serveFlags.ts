import { Flags } from '@oclif/core';
import { LIST } from '../session/flags.ts';
import { runFlags, selectionFlags } from '../session/runFlags.ts';
import { transferFlags } from '../session/transferFlags.ts';

/** The flags of `serve`. */
export const serveFlags = {
  ...runFlags,
  ...selectionFlags,
  ...transferFlags,
  'take-over': Flags.string({
    ...LIST,
    helpValue: 'NAMES',
    description:
      "stop these containers that are not the cluster's, comma-separated (* and ? match); they are never removed",
  }),
  check: Flags.boolean({ char: 'C', description: 'show what would be done, and do nothing' }),
  diff: Flags.boolean({ char: 'D', description: 'show how files on the hosts would change' }),
  facts: Flags.string({
    helpValue: 'FILE',
    dependsOn: ['check'],
    exclusive: ['diff'],
    description: 'plan from these facts instead of probing (with --check)',
  }),
  resume: Flags.boolean({
    exclusive: ['failed', 'only', 'skip', 'limit', 'start-at', 'take-over', 'facts'],
    description:
      'finish the last run, which was interrupted or failed; refused when hosts or the deployment changed since',
  }),
  failed: Flags.boolean({
    exclusive: ['only', 'skip', 'limit', 'start-at', 'take-over', 'facts'],
    description: 'only the hosts on which something failed, or was not done, in the last run',
  }),
  rollback: Flags.boolean({
    default: true,
    allowNo: true,
    description: 'when a change brings no token, put back what served before (--no-rollback: leave it as it is)',
  }),
  'list-tasks': Flags.boolean({ description: 'list the steps of the plan, and do nothing' }),
  'list-hosts': Flags.boolean({ description: 'list the hosts of the plan, and do nothing' }),
  'list-tags': Flags.boolean({ description: 'list the tags of the plan, and do nothing' }),
};
