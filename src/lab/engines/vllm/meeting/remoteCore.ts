import { CoreDeath, type CoreRequest, type CoreResult, type CoreState, type EngineCore } from '../core/engineCore.ts';
import type { FromFront, FromRank } from './messages.ts';

interface Running {
  readonly onToken: (word: string) => void;
  readonly resolve: (result: CoreResult) => void;
  readonly reject: (cause: Error) => void;
}

/** A rank of another process, as its instance's API server sees it. */
export class RemoteCore implements EngineCore {
  readonly rank: number;
  readonly #send: (message: FromFront) => void;
  readonly #running = new Map<string, Running>();
  #state: CoreState = { usage: 0, expired: 0 };

  constructor(rank: number, send: (message: FromFront) => void) {
    this.rank = rank;
    this.#send = send;
  }

  state(): CoreState {
    return this.#state;
  }

  run(request: CoreRequest, onToken: (word: string) => void, signal: AbortSignal): Promise<CoreResult> {
    return new Promise((resolve, reject) => {
      this.#running.set(request.id, { onToken, resolve, reject });
      signal.addEventListener('abort', () => this.#send({ abort: request.id }), { once: true });
      this.#send({ run: request });
    });
  }

  receive(message: FromRank): void {
    if ('token' in message) this.#running.get(message.token.id)?.onToken(message.token.word);
    if (!('finished' in message)) return;
    const { id, result, state } = message.finished;
    this.#state = state;
    this.#running.get(id)?.resolve(result);
    this.#running.delete(id);
  }

  lost(): void {
    for (const { reject } of this.#running.values())
      reject(new CoreDeath('EngineDeadError', `engine ${this.rank} is gone`));
    this.#running.clear();
  }
}
