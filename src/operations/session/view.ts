import { linesView } from '../../report/lines.ts';
import type { Emit } from '../../runner/event.ts';

export interface View {
  readonly emit: Emit;
  /** Resolves once everything is on the screen. */
  readonly finished: () => Promise<void>;
}

/** A live tree on a terminal, lines elsewhere, nothing with --json: its one document is the command's to print. */
export async function viewFor(options: { readonly json: boolean; readonly verbose: boolean }): Promise<View> {
  if (options.json) return { emit: () => {}, finished: async () => {} };
  if (
    process.stderr.isTTY &&
    process.stdout.isTTY &&
    !options.verbose &&
    process.env.TERM !== 'dumb' &&
    !process.env.CI
  ) {
    const { ttyView } = await import('../../report/tty.ts');
    return ttyView();
  }
  return { emit: linesView((text) => void process.stderr.write(text), options), finished: async () => {} };
}
