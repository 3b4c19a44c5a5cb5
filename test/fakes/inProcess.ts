import { vi } from 'vitest';

export interface Answered<Answer = never> {
  readonly code: number;
  /** What `--json` prints. */
  readonly answer: Answer;
  readonly stderr: string;
}

/** By the words they are called with. */
const COMMANDS = {
  balance: () => import('../../src/commands/balance/index.ts'),
  doctor: () => import('../../src/commands/doctor.ts'),
  exec: () => import('../../src/commands/exec.ts'),
  explain: () => import('../../src/commands/explain.ts'),
  facts: () => import('../../src/commands/facts.ts'),
  'fetch-dumps': () => import('../../src/commands/fetch-dumps.ts'),
  'fetch-logs': () => import('../../src/commands/fetch-logs.ts'),
  history: () => import('../../src/commands/history.ts'),
  init: () => import('../../src/commands/init.ts'),
  logs: () => import('../../src/commands/logs.ts'),
  render: () => import('../../src/commands/render.ts'),
  restart: () => import('../../src/commands/restart.ts'),
  rollback: () => import('../../src/commands/rollback.ts'),
  serve: () => import('../../src/commands/serve.ts'),
  status: () => import('../../src/commands/status.ts'),
  stop: () => import('../../src/commands/stop.ts'),
  validate: () => import('../../src/commands/validate.ts'),
} satisfies Readonly<Record<string, () => Promise<{ readonly default: Runnable }>>>;

export type Verb = keyof typeof COMMANDS;

interface Runnable {
  run(argv: string[], options: string): Promise<unknown>;
}

/** Runs commands with `--json` as the program does, in this process: modules that a test replaced are replaced for them too. */
export function inProcess() {
  return async <Answer>(verb: Verb, ...argv: string[]): Promise<Answered<Answer>> => {
    const command: Runnable = (await COMMANDS[verb]()).default;
    const printed: string[] = [];
    let stderr = '';
    const spies = [
      vi.spyOn(console, 'log').mockImplementation((text) => void printed.push(String(text))),
      vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
        stderr += String(text);
        return true;
      }),
    ];
    process.exitCode = undefined;
    try {
      await command.run(beforeDashes(argv, '--json'), process.cwd());
      return { code: Number(process.exitCode ?? 0), answer: JSON.parse(printed.join('\n')) as Answer, stderr };
    } catch (error) {
      const { oclif } = error as { readonly oclif?: { readonly exit: number } };
      if (oclif === undefined) throw error;
      return { code: oclif.exit, answer: JSON.parse(printed.join('\n')) as Answer, stderr };
    } finally {
      process.exitCode = undefined;
      for (const spy of spies) spy.mockRestore();
    }
  };
}

/** Flags go before the words of another program. */
function beforeDashes(argv: readonly string[], flag: string): string[] {
  const at = argv.indexOf('--');
  return at < 0 ? [...argv, flag] : [...argv.slice(0, at), flag, ...argv.slice(at)];
}
