import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { logInfo } from '../../shared/log.ts';
import { onMessages, sendMessage } from '../../shared/messages.ts';
import { Refusal } from '../../shared/refusal.ts';
import type { Parallel } from '../config/parallel.ts';
import type { LocalCore } from '../core/localCore.ts';
import type { FromFront, FromRank } from './messages.ts';

const RETRY_MS = 250;

export interface JoinOptions {
  readonly headless: boolean;
  readonly hash: string;
  readonly timeoutMs: number;
  /** Loads what the rank needs, between the two messages of the handshake. */
  readonly load: () => Promise<LocalCore>;
  readonly onLost: (why: string) => void;
}

/** A rank that is not of the first process: finds that, is compared, and runs what it is sent. Returns once all ranks are there. */
export async function joinFront(rank: number, parallel: Parallel, options: JoinOptions): Promise<LocalCore> {
  const { address, rpcPort } = parallel;
  const socket = await connectTo(address, rpcPort, options.timeoutMs);
  let core: LocalCore | null = null;
  const running = new Map<string, AbortController>();
  let begin: () => void = () => undefined;
  const going = new Promise<void>((resolve) => {
    begin = resolve;
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => options.onLost('the first process of the instance is gone: Connection closed by peer'));
  onMessages<FromFront>(socket, (message) => {
    if ('go' in message) begin();
    else if ('abort' in message) running.get(message.abort)?.abort();
    else if (core !== null) void run(core, message.run, socket, running);
  });
  send(socket, { hello: { rank, headless: options.headless } });
  core = await options.load();
  send(socket, { ready: { hash: options.hash } });
  await going;
  return core;
}

type Request = Parameters<LocalCore['run']>[0];

async function run(core: LocalCore, request: Request, socket: Socket, running: Map<string, AbortController>) {
  const { id } = request;
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const result = await core.run(request, (word) => send(socket, { token: { id, word } }), controller.signal);
    send(socket, { finished: { id, result, state: core.state() } });
  } finally {
    running.delete(id);
  }
}

function send(socket: Socket, message: FromRank): void {
  sendMessage(socket, message);
}

async function connectTo(host: string, port: number, timeoutMs: number): Promise<Socket> {
  const until = Date.now() + timeoutMs;
  for (let attempt = 0; ; attempt++) {
    const socket = connect({ host, port, keepAlive: true, keepAliveInitialDelay: 1000 });
    const failure = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
      socket.once('connect', () => resolve(null));
      socket.once('error', resolve);
    });
    if (failure === null) return socket;
    if (Date.now() > until) {
      const minutes = Math.round(timeoutMs / 60_000);
      throw new Refusal(
        'RuntimeError',
        `Did not receive response from front-end process within ${minutes} minutes (tcp://${host}:${port})`,
      );
    }
    if (attempt === 0) logInfo(`waiting for the front-end process at tcp://${host}:${port} (${failure.code})`);
    await delay(RETRY_MS);
  }
}
