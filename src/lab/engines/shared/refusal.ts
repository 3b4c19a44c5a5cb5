import { logError } from './log.ts';

/** What the real engine would raise: the Python exception's class stands in the log, as a reader of real logs expects. */
export class Refusal extends Error {
  readonly exception: string;

  constructor(exception: string, message: string) {
    super(message);
    this.exception = exception;
  }
}

/** A command line argparse refuses: prints to stderr, exit code 2. */
export class UsageError extends Error {}

/** Runs the program; a refusal is logged as a traceback's last line and ends the process with 1. */
export function exitOnRefusal(program: () => Promise<void>): void {
  program().catch((cause: unknown) => {
    if (cause instanceof UsageError) {
      process.stderr.write(`${cause.message}\n`);
      process.exit(2);
    }
    logError('EngineCore failed to start.');
    process.stderr.write(`Traceback (most recent call last):\n${lastLine(cause)}\n`);
    process.exit(1);
  });
}

function lastLine(cause: unknown): string {
  if (cause instanceof Refusal) return `${cause.exception}: ${cause.message}`;
  return `SystemError: ${cause instanceof Error ? cause.stack : String(cause)}`;
}
