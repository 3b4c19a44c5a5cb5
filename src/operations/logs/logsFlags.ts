import { Flags } from '@oclif/core';
import { deploymentFlag, overrideFlag } from '../session/flags.ts';

/** The flags of `logs`. */
export const logsFlags = {
  deployment: deploymentFlag,
  override: overrideFlag,
  follow: Flags.boolean({ char: 'f', description: 'go on with what is written from now on, until Ctrl-C' }),
  since: Flags.string({
    helpValue: 'TIME',
    description: 'leave out what is older: 90s, 10m, 2h, 1d, or an ISO time',
  }),
  lines: Flags.integer({
    char: 'n',
    min: 1,
    description: 'last lines of each log (default: 100; with --since, --grep or --errors 10000)',
  }),
  grep: Flags.string({ helpValue: 'RE', description: 'only lines that match a regular expression' }),
  errors: Flags.boolean({ description: 'only errors, with their tracebacks, and requests that a server failed (5xx)' }),
  access: Flags.boolean({ description: 'also the line for each request; hidden by default unless --grep is given' }),
};
