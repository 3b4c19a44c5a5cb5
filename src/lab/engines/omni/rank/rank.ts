import { Refusal } from '../../shared/refusal.ts';
import type { ServeArguments } from './arguments.ts';

/** Where this process stands in its instance. A prefill process serves all ranks of its instance; a decode process one. */
export interface Rank {
  readonly kvRole: 'kv_producer' | 'kv_consumer' | 'kv_both' | null;
  readonly kvRank: number;
  /** kv_parallel_size: what the connector takes for the tensor parallel size of decode. */
  readonly kvParallelSize: number;
  /** --distributed-executor-backend; null: vLLM chooses. */
  readonly executor: string | null;
  readonly dpSize: number;
  readonly dpRank: number;
  readonly masterAddress: string;
  readonly masterPort: number;
  /** Expert-parallel ranks of the instance. */
  readonly numRanks: number;
  readonly firstRank: number;
  readonly ranksHere: number;
  /** Index of this process's first die among the visible ones. */
  readonly firstDie: number;
  /** Ranks per host as the selector counts them. */
  readonly hostSize: number;
}

export function rankOf(args: ServeArguments, env: NodeJS.ProcessEnv): Rank {
  const tp = args.tensorParallelSize;
  const dpSize = Number(env.VLLM_DP_SIZE ?? 1);
  const dpRank = Number(env.VLLM_DP_RANK ?? 0);
  if (tp < 1) throw new Refusal('ValueError', `tensor_parallel_size must be >= 1, got ${tp}`);
  if (dpRank >= dpSize) {
    throw new Refusal('ValueError', `data_parallel_rank (${dpRank}) must be in the range of [0, ${dpSize})`);
  }
  const serverOffset = Number(env.SERVER_OFFSET ?? 0);
  return {
    kvRole: kvRole(args),
    kvRank: Number(args.kvTransferConfig?.kv_rank ?? 0),
    kvParallelSize: Number(args.kvTransferConfig?.kv_parallel_size ?? 1),
    executor: args.distributedExecutorBackend,
    dpSize,
    dpRank,
    masterAddress: env.VLLM_DP_MASTER_IP ?? '127.0.0.1',
    masterPort: Number(env.VLLM_DP_MASTER_PORT ?? 0),
    numRanks: dpSize * tp,
    firstRank: dpRank * tp,
    ranksHere: tp,
    firstDie: dpRank * tp - serverOffset,
    hostSize: env.ASCEND_RT_VISIBLE_DEVICES ? env.ASCEND_RT_VISIBLE_DEVICES.split(',').length : 16,
  };
}

function kvRole(args: ServeArguments): Rank['kvRole'] {
  if (args.kvTransferConfig === null) return null;
  const role = args.kvTransferConfig.kv_role;
  if (role === 'kv_producer' || role === 'kv_consumer' || role === 'kv_both') return role;
  throw new Refusal(
    'ValueError',
    `Unsupported kv_role: ${role}. Supported roles are ('kv_producer', 'kv_both') and ('kv_consumer', 'kv_both')`,
  );
}
