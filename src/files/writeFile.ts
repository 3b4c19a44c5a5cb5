import { constants } from 'node:fs';
import { access, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../errors/userError.ts';
import { whyUnwritable } from '../errors/whyUnwritable.ts';

/** The file has its old content or the whole new one, never a part. */
export async function writeWhole(file: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${file}.${process.pid}.partial`;
  try {
    await makeFolder(dirname(file));
    const handle = await open(temporary, 'w');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw unwritable(file, cause);
  }
}

/** Asked before long work whose result goes there. @throws UserError where it can't be written */
export async function refuseUnwritable(file: string): Promise<void> {
  try {
    const there = await stat(file).catch(() => null);
    if (there?.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
    await access(await nearestFolder(dirname(file)), constants.W_OK);
  } catch (cause) {
    throw unwritable(file, cause);
  }
}

/** The folder itself, or where it would be made. */
async function nearestFolder(folder: string): Promise<string> {
  const there = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && dirname(folder) !== folder) return null;
    throw error;
  });
  if (there === null) return nearestFolder(dirname(folder));
  if (!there.isDirectory()) throw Object.assign(new Error('no folder'), { code: 'ENOTDIR' });
  return folder;
}

function unwritable(file: string, cause: unknown): UserError {
  return new UserError('unwritable_file', `${file}: can't be written: ${whyUnwritable(cause)}`, {
    hint: 'Check the folder, its permissions and the space on it.',
    cause,
  });
}

/** node's recursive mkdir never ends where a parent can't be made, as in /proc. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    await mkdir(folder).catch(ignoreExisting);
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
