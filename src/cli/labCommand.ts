import { setMaxListeners } from 'node:events';
import { Flags } from '@oclif/core';
import { EXIT } from '../errors/exitCodes.ts';
import { UserError } from '../errors/userError.ts';
import { LabError, type LabErrorCode } from '../lab/labError.ts';
import { BaseCommand } from './baseCommand.ts';

/** What the lab's commands share: which lab, and how its errors and Ctrl-C end. */
export abstract class LabCommand extends BaseCommand {
  readonly #abort = new AbortController();

  /** Aborted by the first Ctrl-C; the work takes down what it had begun. */
  protected interruption(): AbortSignal {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => this.#abort.abort());
    // every host's every wait listens
    setMaxListeners(0, this.#abort.signal);
    return this.#abort.signal;
  }

  protected override async catch(error: Error): Promise<never> {
    // a terminal's Ctrl-C goes to our child processes too, and one of them may have failed first
    if (this.#abort.signal.aborted) {
      this.logToStderr('interrupted');
      return this.exit(EXIT.interrupted);
    }
    return super.catch(error instanceof LabError ? asUserError(error) : error);
  }
}

export const labNameFlag = Flags.string({
  char: 'n',
  default: 'lab',
  description: 'which lab; several may be up side by side',
});

const FAILURES: ReadonlySet<LabErrorCode> = new Set(['lab_process', 'lab_not_ready']);

function asUserError(error: LabError): UserError {
  return new UserError(error.code, error.message, {
    ...(error.hint !== null && { hint: error.hint }),
    exitCode: FAILURES.has(error.code) ? EXIT.stepFailed : EXIT.usage,
    cause: error,
  });
}
