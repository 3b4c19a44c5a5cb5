import { createServer, type Socket } from 'node:net';
import { deadline } from '../../shared/deadline.ts';
import { logInfo } from '../../shared/log.ts';
import { onMessages, sendMessage } from '../../shared/messages.ts';
import { Refusal } from '../../shared/refusal.ts';
import type { LayerChange } from '../experts/layerChange.ts';
import type { Rank } from '../rank/rank.ts';
import {
  decodeCounts,
  encodeCounts,
  type FromLeader,
  type FromMember,
  type Group,
  type GroupOptions,
} from './group.ts';
import { Questions } from './questions.ts';

const KEEPALIVE_MS = 5000;

/** Rank 0: listens on the master port, opens each barrier when all have come, and asks the others for their counts. */
export async function leadGroup(rank: Rank, options: GroupOptions): Promise<Group> {
  const leader = new Leader(rank, options);
  await leader.listen();
  return {
    barrier: (name) => leader.barrier(name),
    collect: () => leader.collect(),
    change: (decide) => leader.change(decide),
    giveWindow: (to, step, tokens) => leader.giveWindow(to, step, tokens),
  };
}

class Leader {
  readonly #members = new Map<number, Socket>();
  readonly #arrived = new Map<string, Arrivals>();
  readonly #questions = new Questions(this.#members);
  #changing: Promise<void> | null = null;

  constructor(
    private readonly rank: Rank,
    private readonly options: GroupOptions,
  ) {}

  listen(): Promise<void> {
    return listen(
      createServer((socket) => this.#serve(socket)),
      this.rank.masterPort,
      this.rank.masterAddress,
    );
  }

  async barrier(name: string): Promise<void> {
    const state = this.#arrivals(name);
    const { timeoutMs } = this.options;
    state.add();
    await deadline(state.complete, timeoutMs, () => {
      const waiting = this.rank.dpSize - state.count();
      return new Refusal(
        'torch.distributed.DistStoreError',
        `Timed out after ${timeoutMs / 1000} seconds waiting for clients. ${state.count()}/${this.rank.dpSize} clients joined (${waiting} missing).`,
      );
    });
  }

  async collect(): Promise<Float64Array> {
    while (this.#changing) await this.#changing;
    return this.#gather((of) => ({ collect: of }));
  }

  async change(decide: Decide): Promise<void> {
    while (this.#changing) await this.#changing;
    const done = this.#changeAll(decide);
    this.#changing = done
      .catch(() => {})
      .finally(() => {
        this.#changing = null;
      });
    return done;
  }

  giveWindow(to: number, step: number, tokens: Float64Array): void {
    const socket = this.#members.get(to);
    if (socket !== undefined) sendMessage(socket, { window: step, tokens: encodeCounts(tokens) });
  }

  #serve(socket: Socket): void {
    let member = -1;
    socket.setKeepAlive(true, KEEPALIVE_MS);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (member < 0) return;
      const reason = `data-parallel rank ${member} is gone`;
      this.#tellAll({ lost: reason });
      this.options.onLost(reason);
    });
    onMessages<FromMember>(socket, (message) => {
      if ('hello' in message) {
        const refused = refusal(message.hello, this.rank.dpSize, this.#members);
        if (refused !== null) return sendMessage(socket, { refused });
        member = message.hello.rank;
        this.#members.set(member, socket);
        logInfo(`data-parallel rank ${member} joined, ${this.#members.size + 1} of ${this.rank.dpSize}`);
      } else if (member < 0) socket.destroy();
      else if ('barrier' in message) this.#arrivals(message.barrier).add();
      else if ('taken' in message) this.#questions.answered(member, message.taken, null);
      else this.#questions.answered(member, message.of, decodeCounts(message.counts));
    });
  }

  #tellAll(message: FromLeader): void {
    for (const socket of this.#members.values()) sendMessage(socket, message);
  }

  #arrivals(name: string): Arrivals {
    const before = this.#arrived.get(name);
    if (before) return before;
    const state = makeArrivals(this.rank.dpSize);
    this.#arrived.set(name, state);
    state.complete.then(() => this.#tellAll({ go: name }));
    return state;
  }

  async #gather(question: (of: number) => FromLeader): Promise<Float64Array> {
    const answers = this.#questions.ask(question);
    const total = this.options.counts().slice();
    for (const counts of await answers) {
      for (let at = 0; at < total.length; at++) total[at]! += counts![at]!;
    }
    return total;
  }

  async #changeAll(decide: Decide): Promise<void> {
    this.options.hold();
    try {
      const maps = decide(await this.#gather((of) => ({ hold: of })));
      if (maps.length === 0) return;
      this.options.take(maps);
      await this.#questions
        .ask((of) => ({ take: maps, of }))
        .catch((cause: Error) => {
          this.options.onLost(`${cause.message}: it may serve other experts than the rest`);
          throw cause;
        });
    } finally {
      this.#tellAll({ release: true });
      this.options.release();
    }
  }
}

type Decide = (counts: Float64Array) => readonly LayerChange[];

interface Arrivals {
  readonly complete: Promise<void>;
  add(): void;
  count(): number;
}

function makeArrivals(expected: number): Arrivals {
  let come = 0;
  let open: () => void;
  const complete = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    complete,
    add() {
      if (++come === expected) open();
    },
    count: () => come,
  };
}

function refusal(
  hello: { rank: number; size: number },
  size: number,
  members: ReadonlyMap<number, Socket>,
): string | null {
  if (hello.size !== size) return `rank ${hello.rank} has data-parallel size ${hello.size}, the master has ${size}`;
  if (hello.rank === 0 || members.has(hello.rank)) return `rank ${hello.rank} has joined already`;
  return null;
}

function listen(server: ReturnType<typeof createServer>, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        new Refusal(
          'torch.distributed.DistNetworkError',
          `The server socket has failed to listen on ${address}:${port} (${cause.code}).`,
        ),
      );
    });
    server.listen(port, address, resolve);
  });
}
