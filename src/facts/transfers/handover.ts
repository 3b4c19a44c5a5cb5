import { randomUUID } from 'node:crypto';
import type { PairServer } from '../../engines/pairs.ts';
import { parseLoosely } from '../../files/parseJson.ts';
import type { CompletionExtras, CompletionLimits } from '../../transport/completion.ts';
import type { OpenHost } from '../../transport/host.ts';
import { request } from '../../transport/http.ts';
import { BootstrapEnginesShape } from '../../transport/transport.gen.ts';

/** A transfer whose name both servers get before either computes anything. */
export interface Handover {
  readonly prefill: CompletionExtras;
  readonly decode: NonNullable<CompletionExtras['body']>;
}

/** Names a transfer from an engine of the prefill server; in words why it can't be. @throws HttpError, TransportError */
export async function handoverFrom(
  prefill: PairServer & { readonly bootstrapPort: number },
  open: OpenHost,
  { signal, timeoutMs }: CompletionLimits,
): Promise<Handover | string> {
  const { node, host, bootstrapPort: port } = prefill;
  const { status, body } = await request(await open(host, signal), { port, path: '/query', timeoutMs, signal });
  const [engine] = Object.entries((status === 200 && parseLoosely(body, BootstrapEnginesShape)) || {});
  if (engine === undefined) return `the bootstrap of ${node} names no engine`;
  const [rank, { engine_id: remote_engine_id }] = engine;
  const transfer_id = `xfer-${randomUUID()}`;
  return {
    prefill: {
      body: { kv_transfer_params: { do_remote_decode: true, do_remote_prefill: false, transfer_id } },
      headers: { 'x-data-parallel-rank': rank },
    },
    decode: {
      kv_transfer_params: {
        do_remote_decode: false,
        do_remote_prefill: true,
        remote_bootstrap_addr: `http://${host}:${port}`,
        remote_engine_id,
        transfer_id,
      },
    },
  };
}
