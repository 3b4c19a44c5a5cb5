import { join } from 'node:path';
import type { Plan } from '../../plan/step.ts';
import { loadDeployment } from '../session/loadDeployment.ts';
import type { Session } from '../session/session.ts';
import { viewFor } from '../session/view.ts';
import type { BalanceContext } from './types.ts';

export interface BalanceContextFlags {
  readonly override: readonly string[];
  readonly forks: number;
  readonly verbose: boolean;
  readonly json: boolean;
  readonly version: string;
}

/** What balancing works with, once or for good. */
export function balanceContext(
  session: Session,
  { override: overrides, forks, verbose, json, version }: BalanceContextFlags,
  say: (line: string) => void,
  confirm: (plan: Plan) => Promise<void>,
): BalanceContext {
  const { deployment } = session;
  return {
    ...session,
    file: deployment.file,
    forks,
    version,
    dumpFolder: join(session.stateFolder, deployment.name, 'dumps'),
    load: async (overlay) => ({
      ...(await loadDeployment(deployment.file, overrides, new Set(), overlay)).deployment,
      file: deployment.file,
    }),
    say,
    confirm,
    show: async (work) => {
      const view = await viewFor({ json, verbose });
      try {
        return await work(view.emit);
      } finally {
        await view.finished();
      }
    },
  };
}
