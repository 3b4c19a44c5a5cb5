import { Readable } from 'node:stream';
import template from '../../../templates/fetch.sh';
import type { Argv } from '../../shell/argv.ts';
import { quote } from '../../shell/quote.ts';
import { FetchError, type FetchWish } from './types.ts';

interface Call {
  readonly nonce?: string;
  readonly input?: Buffer;
  readonly signal?: AbortSignal;
  readonly mayFail?: boolean;
  readonly take: (chunk: Buffer) => Promise<void> | undefined | void;
}

/** Calls a function of `templates/fetch.sh` on the host. @throws FetchError */
export async function callHost(
  wish: FetchWish,
  call: Argv,
  { nonce = '', input, signal, mayFail, take }: Call,
): Promise<void> {
  const script = [`nonce=${nonce}`, template, wish.functions ?? '', quote(call)].join('\n');
  let stderr = '';
  const result = await wish.host.run(script, {
    signal: signal === undefined ? wish.signal : AbortSignal.any([wish.signal, signal]),
    keepBytes: 0,
    // as a stream: a list of many names goes in pieces
    ...(input === undefined ? {} : { stdin: Readable.from([input]), stdinBytes: input.length }),
    onChunk: (chunk, stream) => {
      if (stream === 1) return take(chunk) ?? undefined;
      if (stderr.length < 4096) stderr += chunk.toString('utf8');
      return undefined;
    },
  });
  if (result.ended !== 'exit')
    throw new FetchError('aborted', `fetching from ${wish.host.address} was interrupted`, null);
  if (result.code === 0 || mayFail === true) return;
  const words = stderr.trim().split('\n').slice(-3).join('; ');
  throw new FetchError(
    'refused',
    `${wish.host.address} did not send ${wish.folder}: ${words || `exit code ${result.code}`}`,
    null,
  );
}
