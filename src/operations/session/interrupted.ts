import { EXIT } from '../../errors/exitCodes.ts';

/** The answer of a command that was interrupted while it only looked; whatever it saw till then is no verdict. */
export const INTERRUPTED = {
  answer: { outcome: 'interrupted' },
  text: 'INTERRUPTED: nothing was touched.',
  exitCode: EXIT.interrupted,
} as const;
