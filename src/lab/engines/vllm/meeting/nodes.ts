import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { logInfo } from '../../shared/log.ts';
import { onMessages, sendMessage } from '../../shared/messages.ts';
import { Refusal } from '../../shared/refusal.ts';
import type { Parallel } from '../config/parallel.ts';

const RETRY_MS = 250;

interface Hello {
  readonly node: number;
  readonly world: number;
}

/** Node 0 of a rank over several nodes: keeps the store where the others come, and waits for all of them. */
export async function leadNodes(parallel: Parallel, onLost: (why: string) => void): Promise<void> {
  const { masterAddress: host, masterPort: port, nodesPerRank } = parallel;
  const sockets = new Map<number, Socket>();
  let complete: () => void = () => undefined;
  const met = new Promise<void>((resolve) => {
    complete = resolve;
  });
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    onMessages<Hello>(socket, ({ node, world }) => {
      // another world size never comes together: the store waits for ranks that don't exist
      if (world !== worldOf(parallel) || sockets.has(node)) return socket.destroy();
      sockets.set(node, socket);
      socket.on('close', () => onLost(`node ${node} is gone: Connection closed by peer`));
      logInfo(`node ${node} joined, ${sockets.size + 1} of ${nodesPerRank}`);
      if (sockets.size === nodesPerRank - 1) complete();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const words = `The server socket has failed to listen on any local network address. The server socket has failed to bind to ${host}:${port} (${cause.code}).`;
      reject(new Refusal('torch.distributed.DistNetworkError', words));
    });
    server.listen(port, host, resolve);
  });
  await met;
  for (const socket of sockets.values()) sendMessage(socket, { go: true });
}

/** Another node of the rank: its workers follow node 0. Returns when all nodes are there. */
export async function followNodes(parallel: Parallel, timeoutMs: number, onLost: (why: string) => void): Promise<void> {
  const { masterAddress: host, masterPort: port, nodeOfRank: node } = parallel;
  const until = Date.now() + timeoutMs;
  for (;;) {
    const socket = connect({ host, port });
    const failure = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
      socket.once('connect', () => resolve(null));
      socket.once('error', resolve);
    });
    if (failure === null) return joined(socket, { node, world: worldOf(parallel) }, onLost);
    if (Date.now() > until) {
      const words = `The client socket has timed out after ${timeoutMs}ms while trying to connect to (${host}, ${port}).`;
      throw new Refusal('torch.distributed.DistNetworkError', words);
    }
    await delay(RETRY_MS);
  }
}

function joined(socket: Socket, hello: Hello, onLost: (why: string) => void): Promise<void> {
  return new Promise((resolve) => {
    socket.on('error', () => socket.destroy());
    socket.on('close', () => onLost('node 0 is gone: Connection closed by peer'));
    onMessages(socket, () => resolve());
    sendMessage(socket, hello);
  });
}

function worldOf({ tensor, pipeline, data }: Parallel): number {
  return tensor * pipeline * data;
}
