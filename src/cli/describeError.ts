import { EXIT, type ExitCode } from '../errors/exitCodes.ts';
import { UserError } from '../errors/userError.ts';
import { printable } from '../report/printable.ts';
import { LeaseProblem } from '../state/leaseErrors.ts';
import { TransportError } from '../transport/host.ts';
import { HostError } from '../transport/hostError.ts';
import { type KnownFlag, meantFlag } from './meantFlag.ts';
import { usageWords } from './usageWords.ts';

/** What a failed command prints: `text` on stderr, or `json` as its one document. */
export interface DescribedError {
  readonly exitCode: number;
  readonly text: string;
  readonly json: { readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } };
}

/** The user's fault in a few lines; anything else is ours, with its stack. */
export function describeError(error: unknown): DescribedError {
  if (error instanceof UserError) {
    const { code, message, hint, exitCode, faults } = error;
    const lines = [
      code === 'bad_deployment' ? message : `error ${code}: ${message}`,
      ...(hint === null ? [] : [`  hint: ${hint}`]),
    ];
    const text = printable(lines.join('\n'));
    return { exitCode, text, json: { error: { code, message, hint, ...(faults && { faults }) } } };
  }
  if (error instanceof LeaseProblem) {
    const { code, message, hint, exitCode } = error;
    return {
      exitCode,
      text: printable(`error ${code}: ${message}\n  hint: ${hint}`),
      json: { error: { code, message, hint } },
    };
  }
  if (error instanceof HostError) {
    const { message, hint } = error;
    const [code, exitCode] = [error.code.replaceAll('-', '_'), exitOfHost(error)];
    const text = [`error ${code}: ${message}`, ...(hint === null ? [] : [`  hint: ${hint}`])].join('\n');
    return { exitCode, text: printable(text), json: { error: { code, message, hint } } };
  }
  if (isUsageError(error)) {
    // oclif's own: unknown flags, missing arguments
    const [message = '', ...more] = usageWords(error.message.replace(GREEDY_NOTE, '')).split('\n');
    const rest = [...flagHints(error), ...more];
    const lines = [`error bad_usage: ${message}`, ...rest.map((line) => `  ${line}`)];
    const hint = rest.length === 0 ? null : rest.join('\n');
    return { exitCode: EXIT.usage, text: lines.join('\n'), json: { error: { code: 'bad_usage', message, hint } } };
  }
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? stackWithCauses(error) : message;
  const hint = 'This is a bug in omniplace. Please report it with the lines above and the command you ran.';
  return { exitCode: EXIT.bug, text: `${stack}\n${hint}`, json: { error: { code: 'bug', message, hint } } };
}

/** What a host refused or a cut connection is never a bug of ours. */
function exitOfHost(error: HostError<string>): ExitCode {
  if (error.code === 'interrupted' || error.code === 'aborted') return EXIT.interrupted;
  return error instanceof TransportError ? EXIT.unreachable : EXIT.stepFailed;
}

/** oclif warns of flags that swallow the arguments behind them; ours take one value each. */
const GREEDY_NOTE = /\n\nNote: --[^\n]* allows? multiple values\.[^\n]*\n[^\n]*/;

function isUsageError(error: unknown): error is Error {
  return error instanceof Error && 'oclif' in error;
}

/** What was meant by flags that the command does not have. */
function flagHints(error: UnknownFlags): string[] {
  const known = Object.values(error.parse?.input?.flags ?? {});
  const meant = (error.flags ?? []).flatMap((flag) => meantFlag(flag, known) ?? []);
  return meant.length === 0 ? [] : [`Did you mean: ${[...new Set(meant)].join(', ')}`];
}

/** oclif's error for flags that a command does not have, as far as it is used here. */
interface UnknownFlags extends Error {
  readonly flags?: readonly string[];
  readonly parse?: { readonly input?: { readonly flags?: Readonly<Record<string, KnownFlag>> } };
}

function stackWithCauses(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by ${stackWithCauses(error.cause)}` : own;
}
