import { parseLoosely } from '../../../files/parseJson.ts';
import { PrefilledShape } from '../../prefilled.gen.ts';
import type { PairProtocol } from '../../router.ts';

/** As the proxy's modules do it: one token from prefill, whose answer says where decode finds the KV cache. */
export const pairProtocol: PairProtocol = {
  prefill: { stream: false, max_tokens: 1, kv_transfer_params: { do_remote_decode: true } },
  decode: (answered) => {
    const found = parseLoosely(answered, PrefilledShape);
    return found === null ? null : { kv_transfer_params: found.kv_transfer_params };
  },
};
