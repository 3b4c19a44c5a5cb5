import { connect, createServer, type Socket } from 'node:net';
import { onMessages, sendMessage } from '../../shared/messages.ts';
import { Refusal } from '../../shared/refusal.ts';
import { TransferFailed } from './connector.ts';

const TIMEOUT_MS = 10_000;

/** Listens as a ZMQ socket of the original binds; gives the port. */
export function bindChannel(host: string, port: number, serve: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    serve(socket);
  });
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(new Refusal('zmq.error.ZMQError', `${wordsOf(cause)} (addr='tcp://${host}:${port}')`));
    });
    server.listen(port, host, () => resolve((server.address() as { port: number }).port));
  });
}

/** One question, one answer. @throws TransferFailed */
export function askChannel<Answer>(
  host: string,
  port: number,
  question: unknown,
  timeoutMs = TIMEOUT_MS,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new TransferFailed(`${host}:${port}: ${why}`));
    const socket = connect({ host, port });
    socket.setTimeout(timeoutMs, () => {
      fail('no answer');
      socket.destroy();
    });
    socket.on('error', (cause) => fail(cause.message));
    socket.on('close', () => fail('connection closed'));
    onMessages<Answer>(socket, (answer) => {
      resolve(answer);
      socket.destroy();
    });
    socket.once('connect', () => sendMessage(socket, question));
  });
}

function wordsOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return 'Address already in use';
  if (code === 'EADDRNOTAVAIL') return 'Cannot assign requested address';
  return message;
}
