import { access, constants, mkdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where this machine keeps what omniplace remembers: journals and the last deployment served. Nothing a cluster needs. */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'omniplace');
}

/** Makes the folder, unless it is there, and sees whether it takes files. @throws NodeJS.ErrnoException when it does not */
export async function makeStateFolder(folder: string): Promise<void> {
  await makeFolder(folder);
  await access(folder, constants.W_OK | constants.X_OK);
}

// not `recursive`: where a parent takes no folders, as /proc, Node's never returns
async function makeFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  if (dirname(folder) !== folder) await makeFolder(dirname(folder));
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    // another omniplace may make it at the same time
    if (error.code !== 'EEXIST') throw error;
  });
}

async function isFolder(path: string): Promise<boolean> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return null;
  });
  if (info?.isDirectory() === false) throw new Error(`${path} is no folder`);
  return info !== null;
}
