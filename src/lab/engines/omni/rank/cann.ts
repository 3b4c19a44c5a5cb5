import { existsSync } from 'node:fs';
import { Refusal } from '../../shared/refusal.ts';

const LIBRARY = 'libhccl.so';

/** Fails as the loader does where the environment of ~/.bashrc is missing: only LD_LIBRARY_PATH leads to the library. */
export function checkCann(env: NodeJS.ProcessEnv): void {
  const folders = (env.LD_LIBRARY_PATH ?? '').split(':');
  if (folders.some((folder) => folder !== '' && existsSync(`${folder}/${LIBRARY}`))) return;
  throw new Refusal('OSError', `${LIBRARY}: cannot open shared object file: No such file or directory`);
}
