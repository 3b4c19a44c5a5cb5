import type { PairProtocol } from '../../router.ts';

/** As vllm-router does it for NIXL: one token from prefill, whose answer contains where decode finds the KV cache. */
export const nixlPairs: PairProtocol = {
  prefill: {
    stream: false,
    max_tokens: 1,
    kv_transfer_params: {
      do_remote_decode: true,
      do_remote_prefill: false,
      remote_engine_id: null,
      remote_block_ids: null,
      remote_host: null,
      remote_port: null,
    },
  },
};
