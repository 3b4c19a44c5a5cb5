import { spawn } from 'node:child_process';
import { LabError } from './labError.ts';

/** Runs a local program to its end; a failure carries the program's last words. */
export async function run(argv: readonly string[], options: RunLocal = {}): Promise<LocalResult> {
  const [program, ...args] = argv;
  const child = spawn(program!, args, {
    cwd: options.cwd,
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...options.env },
    signal: options.signal,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // a program that ends without reading its input is judged by its exit code alone
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', (cause) => reject(notStarted(program!, cause)));
    child.once('close', (exit, signal) => resolve(exit ?? (signal === 'SIGKILL' ? 137 : 143)));
  });
  const result = { code, stdout: text(stdout), stderr: text(stderr) };
  if (code !== 0 && options.check !== false) throw failed(argv, options.title, result);
  return result;
}

/** Runs `script` by `sh -eu`, its values handed over as environment variables, never spliced into the text. */
export function runScript(script: string, env: Readonly<Record<string, string>>, options: RunLocal & ScriptArgs = {}) {
  return run(['sh', '-eu', '-c', script, 'lab', ...(options.args ?? [])], {
    ...options,
    env: { ...options.env, ...env },
  });
}

export interface RunLocal {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
  /** false: a failing exit code is a result, not an error. */
  readonly check?: boolean;
  /** What the command is for, for messages. */
  readonly title?: string;
}

interface ScriptArgs {
  /** The script's "$@". */
  readonly args?: readonly string[];
}

export interface LocalResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function text(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8');
}

function notStarted(program: string, cause: Error): Error {
  if (cause.name === 'AbortError') return cause;
  return new LabError('lab_process', `can't start ${program}: ${cause.message}`, null, { cause });
}

function failed(argv: readonly string[], title: string | undefined, result: LocalResult): LabError {
  const words = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-10).join('\n');
  const what = title ?? argv.slice(0, 4).join(' ');
  return new LabError('lab_process', `${what} failed with exit code ${result.code}:\n${words}`, null);
}
