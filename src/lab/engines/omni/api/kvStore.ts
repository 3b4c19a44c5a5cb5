import { connect, createServer } from 'node:net';
import { ApiError, badRequest } from '../../shared/apiError.ts';
import type { JsonObject } from '../../shared/json.ts';
import { onMessages, sendMessage } from '../../shared/messages.ts';
import { Refusal } from '../../shared/refusal.ts';
import type { Rank } from '../rank/rank.ts';
import type { RankTables } from '../rank/rankTable.ts';

const MAX_KEPT = 10_000; // caches a prefill keeps for decode ranks that never came
const PULL_TIMEOUT_MS = 10_000;

/** Prefill's side: the caches of finished prompts, held until a decode rank pulls them. */
export interface KvStore {
  /** Keeps the cache of a prompt (known by its hash) and gives the handle a decode rank needs. */
  keep(requestId: string, prompt: number): JsonObject;
}

type Pull = { pull: string; ranktable: string };
type Pulled = { prompt: number } | { refused: string };

/** Listens where LLMDataDist's metadata socket does (VLLM_LLMDATADIST_ZMQ_PORT on the host's own address). */
export async function openKvStore(rank: Rank, tables: RankTables, port: number): Promise<KvStore> {
  const kept = new Map<string, number>();
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    onMessages<Pull>(socket, ({ pull, ranktable }) => {
      const prompt = kept.get(pull);
      let answer: Pulled;
      if (ranktable !== tables.digest) answer = { refused: 'the global rank tables differ' };
      else if (prompt === undefined) answer = { refused: `no KV cache is kept for request ${pull}` };
      else answer = { prompt };
      kept.delete(pull);
      sendMessage(socket, answer);
      socket.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const words = cause.code === 'EADDRINUSE' ? 'Address already in use' : cause.message;
      reject(new Refusal('zmq.error.ZMQError', `${words} (addr='tcp://${tables.address}:${port}')`));
    });
    server.listen(port, tables.address, resolve);
  });
  return {
    keep(requestId, prompt) {
      kept.set(requestId, prompt);
      if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value!);
      return {
        do_remote_prefill: true,
        remote_cluster_id: rank.kvRank,
        remote_host_ip: `tcp://${tables.address}:${port}`,
        remote_request_id: requestId,
        ranktable: tables.digest,
      };
    },
  };
}

/** Decode's side: fetches the cache from the prefill instance the handle names; refuses one of another cluster. */
export async function pullKvCache(handle: JsonObject | null, prompt: number, tables: RankTables): Promise<void> {
  if (handle?.do_remote_prefill !== true) {
    throw badRequest('kv_transfer_params of a prefill instance are missing: this is a decode instance, ask the proxy.');
  }
  if (handle.ranktable !== tables.digest) {
    throw badRequest(
      "kv_transfer_params come from a prefill instance of another global rank table than this decode rank's.",
    );
  }
  const [, host, port] = /^tcp:\/\/(.+):(\d+)$/.exec(String(handle.remote_host_ip)) ?? [];
  if (host === undefined || !tables.groups.get(Number(handle.remote_cluster_id))?.includes(host)) {
    throw badRequest(
      `remote_host_ip ${handle.remote_host_ip} is not a server of group ${handle.remote_cluster_id} in the global rank table.`,
    );
  }
  const answer = await ask(host, Number(port), { pull: String(handle.remote_request_id), ranktable: tables.digest });
  if ('refused' in answer)
    throw badRequest(`the prefill instance at ${host}:${port} refused the KV cache: ${answer.refused}.`);
  if (answer.prompt !== prompt) throw badRequest('the KV cache belongs to another prompt than this request.');
}

function ask(host: string, port: number, pull: Pull): Promise<Pulled> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) =>
      reject(new ApiError(500, 'InternalServerError', `pulling the KV cache from ${host}:${port} failed: ${why}.`));
    const socket = connect({ host, port });
    socket.setTimeout(PULL_TIMEOUT_MS, () => {
      fail('no answer');
      socket.destroy();
    });
    socket.on('error', (cause) => fail(cause.message));
    socket.on('close', () => fail('connection closed'));
    onMessages<Pulled>(socket, (answer) => {
      resolve(answer);
      socket.destroy();
    });
    socket.once('connect', () => sendMessage(socket, pull));
  });
}
