import { waitForDies, watchDies } from '../ray/cluster.ts';
import { Refusal } from '../refusal.ts';
import { loadDevices, visibleDies } from './devices.ts';
import type { Rank } from './rank.ts';
import { loadRankTables, type RankTables } from './rankTable.ts';

/** Dies first, then rank tables; a prefill instance over several hosts waits until ray has them all. */
export async function instanceTables(
  rank: Rank,
  env: NodeJS.ProcessEnv,
  timeoutMs: number,
  onLost: (reason: string) => void,
): Promise<RankTables> {
  const devices = loadDevices(env);
  const visible = visibleDies(env, devices);
  if (rank.ranksHere > visible.length) {
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
  return loadRankTables(local, global, rank, dies, devices);
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value) return value;
  throw new Refusal('KeyError', `'${name}'`);
}
