import type { Argv } from '../shell/argv.ts';

export interface LocalProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
  readonly timeoutMs: number;
}

export interface LocalProcessResult {
  /** Null: the program is not installed here. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ended: 'exit' | 'aborted' | 'deadline';
}

/** Runs a program of this machine; its failure is a result, not an exception. */
export async function runLocally(argv: Argv, options: LocalProcessOptions): Promise<LocalProcessResult> {
  const [program = '', ...args] = argv;
  // loaded by the first who needs it: its start costs as much as ten logins
  const { execa } = await import('execa');
  const running = execa(program, args, {
    reject: false,
    stdin: 'ignore',
    env: { ...options.env },
    timeout: options.timeoutMs,
    forceKillAfterDelay: 2000,
    maxBuffer: 1024 * 1024,
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
  });
  if (options.onLine) {
    const onLine = options.onLine;
    // rsync's progress redraws its line
    running.stdout.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString().split(/[\r\n]+/)) if (line !== '') onLine(line);
    });
  }
  const result = await running;
  if (result.code === 'ENOENT')
    return { code: null, stdout: '', stderr: `${program} is not installed here`, ended: 'exit' };
  return {
    code: result.exitCode ?? 255,
    stdout: result.stdout,
    stderr: result.stderr,
    ended: result.isCanceled ? 'aborted' : result.timedOut ? 'deadline' : 'exit',
  };
}
