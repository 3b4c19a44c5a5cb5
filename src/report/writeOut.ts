import { UserError } from '../errors/userError.ts';
import { whyUnwritable } from '../errors/whyUnwritable.ts';
import { writeNew } from '../files/writeNew.ts';

/** Writes what a command made to `--out`. */
export async function writeOut(file: string, text: string, force: boolean): Promise<void> {
  let written: boolean;
  try {
    written = await writeNew(file, text, force);
  } catch (cause) {
    throw new UserError('not_written', `${file} can't be written: ${whyUnwritable(cause)}`, { cause });
  }
  if (!written) {
    throw new UserError('file_exists', `${file} exists already; it was left as it is.`, {
      hint: 'Name another file, or add --force to overwrite it.',
    });
  }
}
