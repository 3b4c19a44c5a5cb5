import { EXIT, type ExitCode } from './exitCodes.ts';

export interface UserErrorOptions {
  /** What to do about it. */
  readonly hint?: string;
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
  /** The faults of an input, shown in JSON as they are. */
  readonly faults?: readonly object[];
}

/** Something the user can set right: shown in a few lines, without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly code: string;
  readonly hint: string | null;
  readonly exitCode: ExitCode;
  readonly faults: readonly object[] | null;

  constructor(code: string, message: string, options: UserErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? null;
    this.exitCode = options.exitCode ?? EXIT.usage;
    this.faults = options.faults ?? null;
  }
}
