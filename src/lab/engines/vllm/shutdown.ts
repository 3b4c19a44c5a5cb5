import { setTimeout as delay } from 'node:timers/promises';
import { logInfo } from '../shared/log.ts';
import type { Api } from './api/apiServer.ts';
import type { LocalCore } from './core/localCore.ts';

const POLL_MS = 20;

/** What a signal ends. */
export interface Ending {
  cores: readonly LocalCore[];
  api: Api | null;
  /** `--shutdown-timeout`: 0 aborts what runs. */
  readonly timeoutS: number;
  isEnding: boolean;
}

/** @param atOnce a node without a rank of its own has no requests that it could wait for */
export function endOnSignals(ending: Ending, atOnce: boolean): void {
  const end = () => {
    if (ending.isEnding) return;
    ending.isEnding = true;
    if (atOnce) process.exit(0);
    void finish(ending).then(() => process.exit(0));
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

async function finish({ api, cores, timeoutS }: Ending): Promise<void> {
  logInfo(
    `[shutdown] API server: stopping engine client mode=${timeoutS === 0 ? 'abort' : 'drain'} timeout=${timeoutS}s`,
  );
  if (api !== null) api.closing = true;
  const active = () => (api === null ? cores.reduce((sum, core) => sum + core.active, 0) : api.running.size);
  const until = performance.now() + timeoutS * 1000;
  while (active() > 0 && performance.now() < until) await delay(POLL_MS);
  for (const controller of api?.running ?? []) controller.abort();
  // what was aborted is answered
  await delay(2 * POLL_MS);
  logInfo('[shutdown] API server: engine client stopped');
}
