import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where this machine keeps what omniplace remembers: journals and the last deployment served. Nothing a cluster needs. */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'omniplace');
}
