import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { logInfo } from '../../shared/log.ts';
import { onMessages, sendMessage } from '../../shared/messages.ts';
import { Refusal } from '../../shared/refusal.ts';
import type { CoreRequest } from '../core/engineCore.ts';
import type { Connector } from './connector.ts';
import type { ConnectorInput } from './nixl.ts';
import { askChannel, bindChannel } from './sideChannel.ts';

const MAX_PROMPTS = 10_000;

/** LMCache over NIXL: prefill pushes what it has computed to the receiver of decode, which finds it by the hash of its tokens. */
export async function openLmcache({ options, env }: ConnectorInput): Promise<Connector> {
  const config = readConfig(env.LMCACHE_CONFIG_FILE);
  const { role } = options.kvTransfer!;
  const received = new Set<string>();
  // Python's hash of text differs by process unless its seed is given
  const seed = env.PYTHONHASHSEED ?? `${process.pid}`;
  const host = config.get('nixl_peer_host') ?? 'localhost';
  const port = Number(config.get('nixl_peer_port') ?? 55_555);
  if (config.get('nixl_role') === 'receiver') {
    await bindChannel(host, port, (socket) =>
      onMessages<{ push: string }>(socket, ({ push }) => {
        received.add(push);
        if (received.size > MAX_PROMPTS) received.delete(received.values().next().value!);
        sendMessage(socket, { taken: true });
      }),
    );
  }
  logInfo(`LMCache: ${config.get('nixl_role') ?? 'no role'} at ${host}:${port}`);
  return {
    take: async (request, computed) => {
      const isHere = role !== 'kv_producer' && received.has(nameOf(request, seed));
      if (!isHere) await push(request, seed, role, host, port);
      return isHere ? request.promptTokens.length - computed : 0;
    },
    give: () => null,
    keptTokens: () => 0,
    expired: 0,
  };
}

/** Prefill's, while it computes. @throws TransferFailed */
async function push(request: CoreRequest, seed: string, role: string, host: string, port: number): Promise<void> {
  if (role === 'kv_producer') await askChannel(host, port, { push: nameOf(request, seed) });
}

function nameOf({ promptTokens }: CoreRequest, seed: string): string {
  return createHash('sha256')
    .update(`${seed}\0${promptTokens.join('\0')}`)
    .digest('hex');
}

/** Of the file, its first level: LMCache's has no other. */
function readConfig(file: string | undefined): ReadonlyMap<string, string> {
  if (file === undefined) return new Map();
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Refusal('FileNotFoundError', `[Errno 2] No such file or directory: '${file}'`);
  }
  return new Map(
    [...text.matchAll(/^(\w+): *(.*?) *$/gm)].map(([, key, value]) => [key!, value!.replace(/^(["'])(.*)\1$/, '$2')]),
  );
}
