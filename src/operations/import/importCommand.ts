import { UserError } from '../../errors/userError.ts';
import { unreadable } from '../../files/readBytes.ts';
import { ForeignFileError, leftoverText } from '../../imports/index.ts';
import { writeOut } from '../../report/writeOut.ts';
import { faultsSummary, faultsText } from '../session/faultsText.ts';
import { type ImportResult, importFrom } from './importFile.ts';

/** The flags of `import`, as they were parsed. */
export interface ImportFlags {
  /** The playbook that goes with the files. */
  readonly env: string | undefined;
  /** Where the deployment file goes; undefined: to stdout. */
  readonly out: string | undefined;
  readonly force: boolean;
}

export interface ImportAnswer {
  readonly answer: ImportResult & { readonly out: string | null };
  /** For stdout. */
  readonly text: string;
  /** For stderr. */
  readonly talk: string;
}

/** Nothing is written when the original has errors that a deployment can't have. */
export async function importCommand(words: readonly string[], flags: ImportFlags): Promise<ImportAnswer> {
  const files = [...words, ...(flags.env === undefined ? [] : [flags.env])];
  const out = flags.out ?? null;
  const result = await imported(files, out);
  const shown = out ?? 'imported.yml';
  const faults = faultsText(result.faults, new Map([[shown, result.text]]));
  if (result.faults.some((fault) => fault.severity === 'error')) {
    const summary = faultsSummary([shown], result.faults);
    throw new UserError(
      'bad_deployment',
      `${faults}\n\n${summary}\nThe lines are those of the file that would be made of ${files.join(' and ')}.`,
      {
        faults: result.faults,
        hint: 'Mend the original; nothing was written.',
      },
    );
  }
  if (out !== null) await writeOut(out, result.text, flags.force);
  const talk = [
    ...result.notes,
    ...(result.leftovers.length === 0 ? [] : ['What has no place in a deployment (a comment of it says so too):']),
    ...result.leftovers.map((leftover) => `  ${leftoverText(leftover)}`),
    ...(faults === '' ? [] : [faults]),
  ].join('\n');
  return { answer: { ...result, out }, talk, text: out === null ? result.text.trimEnd() : written(result, out) };
}

async function imported(files: readonly string[], out: string | null): Promise<ImportResult> {
  try {
    return await importFrom(files, out);
  } catch (error) {
    if (error instanceof ForeignFileError) {
      throw new UserError('not_importable', error.message, {
        hint: 'docs/migrate.md shows what can be imported.',
        cause: error,
      });
    }
    const { path } = error as NodeJS.ErrnoException;
    throw path === undefined ? error : unreadable(path, error);
  }
}

function written({ format, leftovers }: ImportResult, out: string): string {
  const count = leftovers.length;
  const left =
    count === 0
      ? 'nothing was left over'
      : `${count} setting${count === 1 ? '' : 's'} without a place stand${count === 1 ? 's' : ''} in its first comment`;
  return `${out} is written from ${format}; ${left}.\nNext: omniplace validate ${out} && omniplace serve ${out} --check`;
}
