import type { PairProtocol } from '../../router.ts';

/** As the proxy's modules do it: one token from prefill, whose answer says where decode finds the KV cache. */
export const pairProtocol: PairProtocol = {
  prefill: { stream: false, max_tokens: 1, kv_transfer_params: { do_remote_decode: true } },
};
