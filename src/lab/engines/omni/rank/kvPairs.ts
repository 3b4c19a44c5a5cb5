import { Refusal } from '../../shared/refusal.ts';
import type { Rank } from './rank.ts';
import type { RankTables } from './rankTable.ts';

/** Fails where a rank of the first decode instance has no rank of the first prefill instance to take its KV caches from. */
export function checkKvPairs({ kvParallelSize }: Rank, { groupSizes }: RankTables, env: NodeJS.ProcessEnv): void {
  const prefillRanks = groupSizes.get(0) ?? 0;
  const decodeRanks = groupSizes.get(Number(env.PREFILL_POD_NUM ?? 1)) ?? 0;
  const paired = Math.floor(decodeRanks / kvParallelSize) * kvParallelSize;
  if (!(prefillRanks > 0 && paired > 0)) {
    throw new Refusal('ValueError', 'p_tp_size, d_tp_size, d_dp_size, d_node_num must be positive');
  }
  if (prefillRanks % kvParallelSize !== 0) throw new Refusal('ValueError', 'p_tp_size % kv_group_size != 0');
  if (decodeRanks > paired) throw new Refusal('ValueError', 'cur_d_rank >= devices_per_node');
}
