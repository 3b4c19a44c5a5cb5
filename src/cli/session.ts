import { resolve } from 'node:path';
import type { Deployment } from '../deployment/deployment.ts';
import type { ServeContext } from '../operations/serve.ts';
import type { Tag } from '../plan/tags.ts';
import { makeStateFolder, stateFolder } from '../state/folder.ts';
import { type PoolSettings, poolOf } from './hosts.ts';
import { onInterrupt } from './interrupt.ts';
import { deploymentFile, loadDeployment } from './loadDeployment.ts';
import { UserError } from './userError.ts';
import { type View, viewFor } from './view.ts';

/** What a command that touches hosts works with. Close it whatever happens. */
export interface Session extends ServeContext {
  readonly deployment: Deployment;
  readonly view: View;
  close(): Promise<void>;
}

export interface SessionOptions extends PoolSettings {
  /** Undefined: the deployment served last, which is said. */
  readonly file: string | undefined;
  readonly overrides: readonly string[];
  readonly json: boolean;
  readonly verbose: boolean;
  /** Show no events: the answer comes at once. */
  readonly quiet?: boolean;
  /** Steps will be run: the state folder must take their journal. */
  readonly journaled?: boolean;
  /** What will be run: local files that these tags need must be there. */
  readonly forTags?: ReadonlySet<Tag>;
}

export async function openSession(options: SessionOptions): Promise<Session> {
  const startedMs = performance.now();
  const folder = stateFolder();
  if (options.journaled) await usable(folder);
  const file = await deploymentFile(options.file, folder);
  const { deployment, warningsText } = await loadDeployment(file, options.overrides, options.forTags);
  if (warningsText !== '' && !options.json) process.stderr.write(`${warningsText}\n`);
  const view = await viewFor({ ...options, json: options.json || options.quiet === true });
  const interrupt = onInterrupt((line) => void process.stderr.write(`\n${line}\n`));
  const pool = poolOf(deployment, options);
  return {
    deployment: { ...deployment, file: resolve(file) },
    view,
    pool,
    emit: view.emit,
    signal: interrupt.signal,
    nowMs: () => performance.now() - startedMs,
    now: () => new Date(),
    stateFolder: folder,
    close: async () => {
      // also after a failure: a live view left open hides the cursor
      await view.finished();
      await pool.closeAll();
      interrupt.dispose();
    },
  };
}

async function usable(folder: string): Promise<void> {
  try {
    await makeStateFolder(folder);
  } catch (cause) {
    throw new UserError('bad_state_folder', `The journal can't be kept in ${folder}: ${(cause as Error).message}`, {
      hint: 'Set XDG_STATE_HOME to a folder that you may write.',
      cause,
    });
  }
}
