import type { RunResult } from '../host.ts';
import { BringError } from './bringError.ts';
import type { LocalSource } from './source.ts';

/** Of a script that did not end well. */
export function refusal(host: string, source: LocalSource, result: RunResult): BringError {
  if (result.ended !== 'exit')
    return new BringError('aborted', host, `sending ${source.path} to ${host} was ${result.ended}`, null);
  const words = result.stderr.trim().split('\n').slice(-3).join('; ');
  return new BringError(
    'refused',
    host,
    `${host} did not take ${source.path}: ${words || `exit code ${result.code}`}`,
    null,
  );
}
