import { connect as dialTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { interrupted, type Target, unreachable } from './errors.ts';
import { NotGreeted } from './handshakeFault.ts';

/** How to reach the SSH server; a jump host hands in a channel instead of a socket. */
export type Dial = (timeoutMs: number, signal: AbortSignal | undefined) => Promise<Duplex>;

export function tcp(target: Target): Dial {
  return (timeoutMs, signal) =>
    new Promise((resolve, reject) => {
      // noDelay: without it every exec waits 40 ms for an acknowledgement
      const socket = dialTcp({ host: target.address, port: target.port, noDelay: true });
      const done = (): void => {
        clearTimeout(timer);
        socket.removeAllListeners();
        signal?.removeEventListener('abort', onAbort);
      };
      const fail = (error: Error): void => {
        done();
        socket.on('error', () => {}).destroy();
        reject(error);
      };
      const onAbort = (): void => fail(interrupted(target.address));
      const timer = setTimeout(
        () => fail(unreachable(target, `no answer within ${Math.round(timeoutMs / 100) / 10} s`)),
        timeoutMs,
      );
      signal?.addEventListener('abort', onAbort, { once: true });
      socket.once('connect', () => {
        done();
        resolve(socket);
      });
      socket.once('error', (error: NodeJS.ErrnoException) =>
        fail(
          error.code === 'ECONNRESET'
            ? new NotGreeted('', { cause: error })
            : unreachable(target, dialFault(error), error),
        ),
      );
    });
}

function dialFault(error: NodeJS.ErrnoException): string {
  if (error.code === 'ECONNREFUSED') return 'connection refused, no SSH server listens there';
  if (error.code === 'EHOSTUNREACH' || error.code === 'ENETUNREACH') return 'no route to the host';
  if (error.code === 'ETIMEDOUT') return 'no answer';
  return error.message;
}
