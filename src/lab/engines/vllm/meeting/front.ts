import { createServer, type Socket } from 'node:net';
import { logInfo } from '../../shared/log.ts';
import { onMessages, sendMessage } from '../../shared/messages.ts';
import { Refusal } from '../../shared/refusal.ts';
import type { Parallel } from '../config/parallel.ts';
import type { EngineCore } from '../core/engineCore.ts';
import type { FromRank } from './messages.ts';
import { RemoteCore } from './remoteCore.ts';

export interface FrontOptions {
  /** Of the settings that all ranks share; null: they are not compared. */
  readonly hash: string | null;
  /** A rank of another process is gone, with these words. */
  readonly onLost: (why: string) => void;
}

/** The first process of an instance whose other ranks are elsewhere: meets them, as vLLM's handshake does. */
export async function openFront(parallel: Parallel, options: FrontOptions): Promise<Front> {
  const front = new Front(parallel, options);
  await front.listen();
  return front;
}

export class Front {
  readonly #parallel: Parallel;
  readonly #options: FrontOptions;
  readonly #cores = new Map<number, RemoteCore>();
  readonly #sockets = new Set<Socket>();
  #numReady = 0;
  #settle: { readonly resolve: () => void; readonly reject: (cause: Refusal) => void } | null = null;
  /** All ranks of other processes are ready. */
  readonly #complete: Promise<void>;

  constructor(parallel: Parallel, options: FrontOptions) {
    this.#parallel = parallel;
    this.#options = options;
    this.#complete = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#complete.catch(() => undefined);
  }

  listen(): Promise<void> {
    const { address, rpcPort } = this.#parallel;
    const server = createServer((socket) => this.#serve(socket));
    return new Promise((resolve, reject) => {
      server.once('error', (cause: NodeJS.ErrnoException) => {
        const words = cause.code === 'EADDRINUSE' ? 'Address already in use' : 'Cannot assign requested address';
        reject(new Refusal('zmq.error.ZMQError', `${words} (addr='tcp://${address}:${rpcPort}')`));
      });
      server.listen(rpcPort, address, resolve);
    });
  }

  /** Waits for the others, lets them begin, and gives their ranks. @throws Refusal for one that doesn't fit */
  async meet(): Promise<readonly EngineCore[]> {
    await this.#complete;
    for (const socket of this.#sockets) sendMessage(socket, { go: true });
    return [...this.#cores.values()];
  }

  #serve(socket: Socket): void {
    let core: RemoteCore | null = null;
    socket.setKeepAlive(true, 1000);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#sockets.delete(socket);
      if (core === null) return;
      core.lost();
      this.#options.onLost(`engine ${core.rank} is gone`);
    });
    onMessages<FromRank>(socket, (message) => {
      if ('hello' in message) core = this.#hello(message.hello, socket);
      else if (core === null) socket.destroy();
      else if ('ready' in message) this.#ready(core.rank, message.ready.hash);
      else core.receive(message);
    });
  }

  #hello({ rank, headless }: { rank: number; headless: boolean }, socket: Socket): RemoteCore | null {
    const problem = this.#problemOf(rank, headless);
    if (problem !== null) {
      this.#settle!.reject(new Refusal('RuntimeError', problem));
      return null;
    }
    const core = new RemoteCore(rank, (message) => sendMessage(socket, message));
    this.#cores.set(rank, core);
    this.#sockets.add(socket);
    logInfo(`engine ${rank} said HELLO, ${this.#cores.size} of ${this.#expected()} remote`);
    return core;
  }

  #problemOf(rank: number, headless: boolean): string | null {
    const { data, localRanks, mode } = this.#parallel;
    if (rank >= data) return `Message from engine with unexpected data parallel rank: ${rank}`;
    if (rank < localRanks) return `HELLO message from remote engine ${rank}, expected it to be local`;
    if (headless && mode !== 'internal') {
      return `Remote engine ${rank} must not use --headless in external or hybrid dp lb mode`;
    }
    if (!headless && mode === 'internal') {
      return `Remote engine ${rank} must use --headless unless in external or hybrid dp lb mode`;
    }
    return this.#cores.has(rank) ? `Unexpected HELLO message for remote engine ${rank} in READY state.` : null;
  }

  #ready(rank: number, hash: string): void {
    const { hash: expected } = this.#options;
    if (expected !== null && hash !== expected) {
      const words = `Configuration mismatch detected for engine ${rank}. All DP workers must have identical configurations for parameters that affect collective communication (e.g., enable_eplb, eplb_config.log_balancedness). Worker hash: ${hash}, Expected hash: ${expected}. Please ensure all workers are started with the same command-line arguments.`;
      this.#settle!.reject(new Refusal('RuntimeError', words));
      return;
    }
    this.#numReady++;
    if (this.#numReady === this.#expected()) this.#settle!.resolve();
  }

  #expected(): number {
    return this.#parallel.data - this.#parallel.localRanks;
  }
}
