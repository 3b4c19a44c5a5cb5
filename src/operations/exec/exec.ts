import { randomBytes } from 'node:crypto';
import type { Argv } from '../../shell/argv.ts';
import { quote, quoteWord } from '../../shell/quote.ts';
import type { RemoteHost } from '../../transport/host.ts';
import type { TerminalHost, TerminalSize } from '../../transport/process.ts';

export interface ExecWish {
  readonly container: string;
  readonly argv: Argv;
  /** Pass standard input on. */
  readonly interactive: boolean;
  readonly signal: AbortSignal;
}

/** Runs a command in a container; its end, our end and Ctrl-C are the end of what runs there. Its exit code; null: interrupted. */
export async function execIn(
  host: RemoteHost,
  wish: ExecWish,
  io: {
    readonly stdin: NodeJS.ReadableStream | null;
    readonly output: (chunk: Buffer, stream: 1 | 2) => Promise<void>;
  },
): Promise<number | null> {
  const result = await host.run(`exec ${quote(execArgv(wish, false))}`, {
    signal: wish.signal,
    keepBytes: 0,
    onChunk: io.output,
    ...(wish.interactive && io.stdin !== null ? { stdin: io.stdin as import('node:stream').Readable } : {}),
  });
  return result.code;
}

/** The same with a terminal, which `attach` connects to ours until the command has ended. */
export async function execInTerminal(
  host: TerminalHost & RemoteHost,
  wish: ExecWish,
  size: TerminalSize,
  attach: (terminal: Awaited<ReturnType<TerminalHost['openTerminal']>>) => () => void,
): Promise<number | null> {
  const name = `omniplace-${randomBytes(8).toString('hex')}`;
  const script = `export OMNIPLACE_LEASH=${name}; exec ${quote(execArgv(wish, true))}`;
  const terminal = await host.openTerminal(script, size);
  const detach = attach(terminal);
  const letGo = (): void => terminal.letGo();
  wish.signal.addEventListener('abort', letGo, { once: true });
  try {
    return await terminal.ended;
  } catch (error) {
    if (!wish.signal.aborted) throw error;
    // docker leaves a command in a container running when its client is gone
    await host.run(endStrays(name));
    return null;
  } finally {
    wish.signal.removeEventListener('abort', letGo);
    detach();
  }
}

/** OMNIPLACE_LEASH goes into the container, so that what runs there can be found and ended. */
export function execArgv(wish: Pick<ExecWish, 'container' | 'argv' | 'interactive'>, terminal: boolean): Argv {
  return [
    'docker',
    'exec',
    '-e',
    'OMNIPLACE_LEASH',
    ...(wish.interactive ? ['-i'] : []),
    ...(terminal ? ['-t'] : []),
    wish.container,
    ...wish.argv,
  ];
}

export function endStrays(name: string): string {
  return [
    `for found in $(grep -slzxF ${quoteWord(`OMNIPLACE_LEASH=${name}`)} /proc/[0-9]*/environ)`,
    'do pid=${found#/proc/}',
    'kill -KILL "${pid%/environ}" 2>/dev/null',
    'done; true',
  ].join('; ');
}
