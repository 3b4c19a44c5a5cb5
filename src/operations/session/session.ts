import { resolve } from 'node:path';
import type { Deployment } from '../../deployment/deployment.ts';
import { UserError } from '../../errors/userError.ts';
import type { Tag } from '../../plan/tags.ts';
import type { Emit, RunEvent } from '../../runner/event.ts';
import { makeStateFolder, stateFolder } from '../../state/folder.ts';
import type { ServeContext } from '../cluster/planned.ts';
import { withTraffic } from '../cluster/trafficEvents.ts';
import { apiKeyReader } from './apiKey.ts';
import { onInterrupt } from './interrupt.ts';
import { deploymentFile, loadDeployment } from './loadDeployment.ts';
import { type PoolSettings, poolOf } from './pool.ts';
import { openTrace } from './traceFile.ts';
import { type View, viewFor } from './view.ts';

/** What a command that touches hosts works with. Close it whatever happens. */
export interface Session extends ServeContext {
  readonly deployment: Deployment;
  readonly view: View;
  /** What was told so far, without what steps printed. */
  events(): readonly RunEvent[];
  readonly showTimings: boolean;
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
  /** Say at the end where time and bytes went. */
  readonly timings?: boolean;
  /** Local file for a trace of all events. */
  readonly trace?: string | undefined;
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
  const trace = options.trace === undefined ? null : await openTrace(options.trace);
  const view = await viewFor({ ...options, json: options.json || options.quiet === true });
  const interrupt = onInterrupt((line) => void process.stderr.write(`\n${line}\n`));
  const pool = poolOf(deployment, options);
  const events: RunEvent[] = [];
  const keep: Emit = (event) => {
    if (event.kind !== 'step-output' && event.kind !== 'step-progress') events.push(event);
    view.emit(event);
  };
  return {
    deployment: { ...deployment, file: resolve(file) },
    view,
    pool,
    emit: withTraffic(keep, pool.hosts),
    apiKey: apiKeyReader(deployment),
    events: () => events,
    showTimings: options.timings === true,
    signal: interrupt.signal,
    nowMs: () => performance.now() - startedMs,
    now: () => new Date(),
    stateFolder: folder,
    close: async () => {
      // also after a failure: a live view left open hides the cursor
      await view.finished();
      await pool.closeAll();
      await trace?.write(events);
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
