import { Refusal } from '../../shared/refusal.ts';
import type { EngineRules } from '../dialects/rules.ts';
import { waitForDies, watchDies } from '../ray/cluster.ts';
import { loadDevices, visibleDies } from './devices.ts';
import { checkGroupNumbers } from './groupNumbers.ts';
import type { Rank } from './rank.ts';
import { loadRankTables, type RankTables } from './rankTable.ts';

/** Dies first, then rank tables; a prefill instance over several hosts waits until ray has them all. */
export async function instanceTables(
  rank: Rank,
  env: NodeJS.ProcessEnv,
  rules: EngineRules,
  timeoutMs: number,
  onLost: (reason: string) => void,
): Promise<RankTables> {
  const devices = loadDevices(env);
  const visible = visibleDies(env, devices);
  if (rank.ranksHere > visible.length) {
    checkRay(rank, visible.length, env);
    await waitForDies(rank.ranksHere, visible.length, env, timeoutMs);
    watchDies(rank.ranksHere, env, onLost);
  }
  const dies = visible.slice(rank.firstDie, rank.firstDie + rank.ranksHere);
  if (rank.firstDie < 0 || dies.length === 0) {
    throw new Refusal(
      'RuntimeError',
      `Invalid device ID: rank ${rank.dpRank} with SERVER_OFFSET ${env.SERVER_OFFSET ?? 0} is device ${rank.firstDie} of ${visible.length}`,
    );
  }
  const [local, global] = [required(env, 'RANK_TABLE_FILE_PATH'), required(env, 'GLOBAL_RANK_TABLE_FILE_PATH')];
  const tables = loadRankTables(local, global, rank, dies, devices);
  checkGroupNumbers(rules.groups, tables.groups.keys(), env);
  return tables;
}

/** By default vLLM starts all ranks on this host, and ray gives each of its workers one device. */
function checkRay({ ranksHere, executor }: Rank, numDies: number, env: NodeJS.ProcessEnv): void {
  if (executor !== 'ray') {
    throw new Refusal(
      'RuntimeError',
      `Invalid device ID: rank ${numDies} of ${ranksHere} is started on this host, which has ${numDies} devices (distributed executor backend mp)`,
    );
  }
  if (env.RAY_EXPERIMENTAL_NOSET_ASCEND_RT_VISIBLE_DEVICES === '1') return;
  throw new Refusal(
    'RuntimeError',
    `Invalid device ID: ray set ASCEND_RT_VISIBLE_DEVICES of its workers to one device each (RAY_EXPERIMENTAL_NOSET_ASCEND_RT_VISIBLE_DEVICES is not 1)`,
  );
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value) return value;
  throw new Refusal('KeyError', `'${name}'`);
}
