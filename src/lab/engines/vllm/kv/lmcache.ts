import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { JsonObject } from '../../shared/json.ts';
import { logInfo, logWarning } from '../../shared/log.ts';
import { onMessages, sendMessage } from '../../shared/messages.ts';
import { Refusal } from '../../shared/refusal.ts';
import { CoreDeath, type CoreRequest } from '../core/engineCore.ts';
import type { Connector } from './connector.ts';
import type { ConnectorInput } from './nixl.ts';
import { askChannel, bindChannel } from './sideChannel.ts';

const MAX_PROMPTS = 10_000;
/** Keys of LMCache 0.3.9 that are read here, and others that its files have; every other is dropped. */
const KNOWN_KEYS = new Set([
  ...['chunk_size', 'local_cpu', 'max_local_cpu_size', 'max_local_disk_size', 'remote_serde', 'save_unfull_chunk'],
  ...['enable_pd', 'pd_role', 'pd_peer_host', 'pd_peer_init_port', 'pd_peer_alloc_port', 'pd_proxy_host'],
  ...['pd_proxy_port', 'pd_buffer_size', 'pd_buffer_device', 'transfer_channel', 'nixl_backends'],
  ...['nixl_buffer_size', 'nixl_buffer_device'],
]);
const NEEDED = {
  sender: ['pd_proxy_host', 'pd_proxy_port'],
  receiver: ['pd_peer_host', 'pd_peer_init_port', 'pd_peer_alloc_port'],
};

type Config = ReadonlyMap<string, string>;

/** LMCache's transfer: prefill pushes to the receiver that the request names; decode finds it by the hash of its tokens. */
export async function openLmcache({ options, env }: ConnectorInput): Promise<Connector> {
  const config = readConfig(env.LMCACHE_CONFIG_FILE);
  checkConfig(config);
  const { role } = options.kvTransfer!;
  const received = new Set<string>();
  // Python's hash of text differs by process unless its seed is given
  const seed = env.PYTHONHASHSEED ?? `${process.pid}`;
  if (isOn(config, 'enable_pd') && config.get('pd_role') === 'receiver') await bindReceiver(config, received);
  return {
    take: async (request, computed) => {
      if (role === 'kv_producer') await push(request, seed);
      const isHere = role !== 'kv_producer' && received.has(nameOf(request, seed));
      return isHere ? request.promptTokens.length - computed : 0;
    },
    give: () => null,
    keptTokens: () => 0,
    expired: 0,
  };
}

function checkConfig(config: Config): void {
  const fail = (words: string) => new Refusal('AssertionError', words);
  if (!isOn(config, 'enable_pd')) {
    if (config.get('local_cpu')?.toLowerCase() === 'false' && Number(config.get('max_local_cpu_size') ?? 5) === 0)
      throw new Refusal('ValueError', 'both buffer length (0) and count (-1) must not be 0');
    return;
  }
  const role = config.get('pd_role');
  if (role !== 'sender' && role !== 'receiver')
    throw fail(`Invalid role: ${role ?? 'None'}, must be either sender or receiver`);
  for (const key of ['pd_buffer_size', 'pd_buffer_device', 'transfer_channel', ...NEEDED[role]])
    if (!config.has(key)) throw fail(`config.${key} is not None`);
}

/** Of a tensor parallel rank each; the lab's one process has them all. */
async function bindReceiver(config: Config, received: Set<string>): Promise<void> {
  const host = config.get('pd_peer_host')!;
  for (const key of ['pd_peer_init_port', 'pd_peer_alloc_port']) {
    for (const port of config.get(key)!.match(/\d+/g) ?? []) {
      await bindChannel(host, Number(port), (socket) =>
        onMessages<{ push: string }>(socket, ({ push: name }) => {
          received.add(name);
          if (received.size > MAX_PROMPTS) received.delete(received.values().next().value!);
          sendMessage(socket, { taken: true });
        }),
      );
    }
  }
  logInfo(`LMCache: receiver at ${host}`);
}

/** Prefill's, while it computes. @throws TransferFailed, and CoreDeath without a receiver */
async function push(request: CoreRequest, seed: string): Promise<void> {
  const spec = request.kvTransfer?.disagg_spec as JsonObject | undefined;
  if (spec === undefined)
    throw new CoreDeath('AttributeError', "'NoneType' object has no attribute 'num_transferred_tokens'");
  const [port] = spec.receiver_alloc_port as readonly number[];
  await askChannel(String(spec.receiver_host), port!, { push: nameOf(request, seed) });
}

function nameOf({ promptTokens }: CoreRequest, seed: string): string {
  return createHash('sha256')
    .update(`${seed}\0${promptTokens.join('\0')}`)
    .digest('hex');
}

function isOn(config: Config, key: string): boolean {
  return /^(true|1)$/i.test(config.get(key) ?? '');
}

/** Of the file, its first level. */
function readConfig(file: string | undefined): Config {
  if (file === undefined) return new Map();
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Refusal('FileNotFoundError', `[Errno 2] No such file or directory: '${file}'`);
  }
  const written = [...text.matchAll(/^(\w+): *(.*?) *$/gm)].map(
    ([, key, value]) => [key!, value!.replace(/^(["'])(.*)\1$/, '$2')] as const,
  );
  for (const [key] of written)
    if (!KNOWN_KEYS.has(key)) logWarning(`Unknown configuration key: ${key} (source: ${file})`);
  return new Map(written.filter(([key]) => KNOWN_KEYS.has(key)));
}
