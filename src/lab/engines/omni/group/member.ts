import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { logInfo } from '../../shared/log.ts';
import { onMessages, sendMessage } from '../../shared/messages.ts';
import { Refusal } from '../../shared/refusal.ts';
import type { Rank } from '../rank/rank.ts';
import {
  decodeCounts,
  encodeCounts,
  type FromLeader,
  type FromMember,
  type Group,
  type GroupOptions,
} from './group.ts';

const KEEPALIVE_MS = 5000;
const RETRY_MS = 500;

/** Any rank but 0: finds the master, keeps its connection for as long as it serves, and answers what the master asks. */
export async function joinGroup(rank: Rank, options: GroupOptions): Promise<Group> {
  const socket = await connectToMaster(rank, options.timeoutMs);
  const open = new Map<string, () => void>();
  let refuse: (reason: Refusal) => void = () => {};
  const refused = new Promise<never>((_, reject) => {
    refuse = reject;
  });
  refused.catch(() => {}); // it is only raced while a barrier is waited for
  const send = (message: FromMember) => sendMessage(socket, message);

  onMessages<FromLeader>(socket, (message) => {
    if ('go' in message) open.get(message.go)?.();
    else if ('collect' in message) send({ counts: encodeCounts(options.counts()), of: message.collect });
    else if ('hold' in message) {
      options.hold();
      send({ counts: encodeCounts(options.counts()), of: message.hold });
    } else if ('take' in message) {
      options.take(message.take);
      send({ taken: message.of });
    } else if ('release' in message) options.release();
    else if ('window' in message) options.onWindow(message.window, decodeCounts(message.tokens));
    else if ('lost' in message) options.onLost(message.lost);
    else refuse(new Refusal('ValueError', message.refused));
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => options.onLost('data-parallel rank 0 is gone'));
  send({ hello: { rank: rank.dpRank, size: rank.dpSize } });

  return {
    async barrier(name) {
      const opened = new Promise<void>((resolve) => open.set(name, resolve));
      send({ barrier: name });
      await Promise.race([opened, refused]);
    },
    collect: null,
    change: null,
    giveWindow: null,
  };
}

async function connectToMaster(rank: Rank, timeoutMs: number): Promise<Socket> {
  const { masterAddress: host, masterPort: port } = rank;
  const until = Date.now() + timeoutMs;
  for (let attempt = 0; ; attempt++) {
    const socket = connect({ host, port, keepAlive: true, keepAliveInitialDelay: KEEPALIVE_MS });
    const failure = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
      socket.once('connect', () => resolve(null));
      socket.once('error', resolve);
    });
    if (failure === null) return socket;
    if (Date.now() > until) {
      throw new Refusal(
        'torch.distributed.DistNetworkError',
        `The client socket has timed out after ${timeoutMs}ms while trying to connect to (${host}, ${port}).`,
      );
    }
    if (attempt === 0) logInfo(`waiting for the data-parallel master at ${host}:${port} (${failure.code})`);
    await delay(RETRY_MS);
  }
}
