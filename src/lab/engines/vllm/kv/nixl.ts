import { createHash } from 'node:crypto';
import type { JsonObject } from '../../shared/json.ts';
import { logInfo, logWarning } from '../../shared/log.ts';
import { onMessages, sendMessage } from '../../shared/messages.ts';
import { Refusal } from '../../shared/refusal.ts';
import type { Checkpoint } from '../config/model.ts';
import type { Options } from '../config/options.ts';
import type { Parallel } from '../config/parallel.ts';
import { CoreDeath, type CoreRequest, type FinishReason } from '../core/engineCore.ts';
import { type Connector, TransferFailed } from './connector.ts';
import { KeptCaches } from './keptCaches.ts';
import { askChannel, bindChannel } from './sideChannel.ts';

const DEFAULT_HOST = 'localhost';
const DEFAULT_PORT = 5600;
const DEFAULT_LEASE_S = 30;
const REMOTE_FIELDS = ['remote_engine_id', 'remote_request_id', 'remote_host', 'remote_port'];

export interface ConnectorInput {
  readonly options: Options;
  readonly parallel: Parallel;
  readonly checkpoint: Checkpoint;
  readonly rank: number;
  readonly engineId: string;
  readonly env: NodeJS.ProcessEnv;
}

type Question = { meta: true } | { read: string };
interface Meta {
  readonly hash: string;
  readonly engineId: string;
  readonly blockSize: number;
  readonly tensor: number;
  readonly pipeline: number;
}

/** NIXL's pull: prefill answers where its cache is, decode asks there, compares what must be the same, and reads. */
export async function openNixl(input: ConnectorInput): Promise<Connector> {
  const { options, parallel, engineId, env, rank } = input;
  const { tensor, pipeline } = parallel;
  checkStages(input);
  const host = env.VLLM_NIXL_SIDE_CHANNEL_HOST ?? DEFAULT_HOST;
  const port = Number(env.VLLM_NIXL_SIDE_CHANNEL_PORT ?? DEFAULT_PORT) + rank;
  const leaseMs = 1000 * Number(options.kvTransfer!.extra.kv_lease_duration ?? DEFAULT_LEASE_S);
  const kept = new KeptCaches();
  const meta = { hash: nixlHash(input), engineId, blockSize: options.blockSize, tensor, pipeline };
  await bindChannel(host, port, (socket) =>
    onMessages<Question>(socket, (question) => {
      sendMessage(socket, 'meta' in question ? meta : { tokens: kept.take(question.read) });
    }),
  );
  logInfo(`Initializing NIXL Scheduler ${engineId}, side channel tcp://${host}:${port}`);
  return {
    take: (request, computed, signal) => pull(request, computed, signal, meta, input),
    give: (request, finished) => {
      if (!isAsked(request, finished)) return null;
      kept.keep(request.id, request.promptTokens.length, leaseMs);
      return {
        do_remote_prefill: true,
        do_remote_decode: false,
        remote_block_ids: [blockIds(request.promptTokens.length, options.blockSize)],
        remote_engine_id: engineId,
        remote_request_id: request.id,
        remote_host: host,
        remote_port: port,
        tp_size: tensor,
        remote_num_tokens: request.promptTokens.length,
        ...(options.version === 'v0.23.0' ? {} : { remote_blocks_expiry_time: null }),
      };
    },
    keptTokens: () => kept.tokens(),
    get expired() {
      return kept.expired;
    },
  };
}

function isAsked({ kvTransfer }: CoreRequest, finished: FinishReason): boolean {
  return kvTransfer?.do_remote_decode === true && (finished === 'length' || finished === 'stop');
}

async function pull(request: CoreRequest, computed: number, signal: AbortSignal, own: Meta, input: ConnectorInput) {
  const params = request.kvTransfer;
  const count = request.promptTokens.length - computed;
  if (params?.do_remote_prefill !== true) return 0;
  const blocks = params.remote_block_ids;
  if (!Array.isArray(blocks) || blocks.length === 0) {
    throw new CoreDeath('AssertionError', 'num_external_tokens == 0');
  }
  if (REMOTE_FIELDS.some((field) => !(field in params))) {
    logWarning(`Got invalid KVTransferParams: ${JSON.stringify(params)}. This request will not utilize KVTransfer`);
    return hung(signal);
  }
  const host = String(params.remote_host);
  const port = Number(params.remote_port);
  compare(await askChannel<Meta>(host, port, { meta: true }), own, params, input);
  const { tokens } = await askChannel<{ tokens: number | null }>(host, port, { read: params.remote_request_id });
  if (tokens === null) throw new TransferFailed(`${host}:${port} keeps no blocks of ${params.remote_request_id}`);
  if (tokens < request.promptTokens.length)
    throw new CoreDeath('AssertionError', 'num_local_blocks <= num_remote_blocks');
  return count;
}

function compare(remote: Meta, own: Meta, params: JsonObject, { options, checkpoint }: ConnectorInput): void {
  const isEnforced = options.kvTransfer!.extra.enforce_handshake_compat !== false;
  if (isEnforced && remote.hash !== own.hash) {
    throw new TransferFailed(
      `NIXL compatibility hash mismatch. Local: ${own.hash}, Remote: ${remote.hash}. Prefill and decode instances have incompatible configurations.`,
    );
  }
  if (remote.engineId !== params.remote_engine_id) {
    throw new TransferFailed(
      `Remote NIXL agent engine ID mismatch. Expected ${params.remote_engine_id}, received ${remote.engineId}.`,
    );
  }
  // one stage has the blocks of some layers
  if (remote.pipeline !== own.pipeline) {
    throw new TransferFailed('AssertionError: len(self.block_len_per_layer) == len(nixl_agent_meta.block_lens)');
  }
  if (remote.blockSize > own.blockSize) {
    throw new TransferFailed(`remote block size ${remote.blockSize} is larger than the local one, ${own.blockSize}`);
  }
  if (!checkpoint.isMla && remote.tensor > own.tensor && remote.tensor > checkpoint.numKvHeads) {
    throw new TransferFailed(`remote tensor parallel size ${remote.tensor} replicates KV heads`);
  }
}

function checkStages({ options, parallel }: ConnectorInput): void {
  if (parallel.pipeline === 1) return;
  if (options.version === 'v0.23.0') {
    throw new Refusal('AssertionError', 'NIXL has the metadata of one pipeline stage');
  }
  if (options.kvTransfer!.role !== 'kv_consumer') return;
  const words = 'NixlPushConnector consumer (decode) does not support pipeline_parallel_size > 1.';
  throw new Refusal('NotImplementedError', words);
}

/** As the original: it waits for a transfer that never begins. */
function hung(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

function blockIds(tokens: number, blockSize: number): readonly number[] {
  return Array.from({ length: Math.ceil(tokens / blockSize) }, (_, block) => block + 1);
}

/** What two instances must share to understand each other's blocks. */
function nixlHash({ options, checkpoint }: ConnectorInput): string {
  const { given, model, version } = options;
  const dtype = given.dtype ?? 'auto';
  const factors = {
    version,
    model,
    dtype: dtype === 'auto' ? checkpoint.dtype : dtype,
    numKvHeads: checkpoint.numKvHeads,
    headSize: checkpoint.headSize,
    numLayers: checkpoint.numLayers,
    attention: given['attention-backend'] ?? null,
    cacheDtype: given['kv-cache-dtype'] ?? 'auto',
    crossLayers: options.kvTransfer!.extra.enable_cross_layers_blocks ?? false,
    isHybrid: given['disable-hybrid-kv-cache-manager'] !== true,
    // compared since NIXL's version 6
    speculative: version === 'v0.23.0' ? null : (given['speculative-config'] ?? null),
  };
  return createHash('sha256').update(JSON.stringify(factors)).digest('hex');
}
