import type { ActionRunner } from './action.ts';

/** A verdict already reached from the facts. */
export const check: ActionRunner<'check'> = {
  how: 'here',
  run: ({ action }) => {
    const [first = '', ...rest] = action.reason.split('\n');
    return { status: action.verdict, message: first, output: rest };
  },
};
