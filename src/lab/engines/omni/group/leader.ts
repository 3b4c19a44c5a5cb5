import { createServer, type Socket } from 'node:net';
import type { LayerChange } from '../experts/layerChange.ts';
import { logInfo } from '../log.ts';
import type { Rank } from '../rank/rank.ts';
import { Refusal } from '../refusal.ts';
import { deadline } from './deadline.ts';
import { decodeCounts, type FromLeader, type FromMember, type Group, type GroupOptions } from './group.ts';
import { onMessages, sendMessage } from './messages.ts';
import { Questions } from './questions.ts';

const KEEPALIVE_MS = 5000;

/** Rank 0: listens on the master port, opens each barrier when all have come, and asks the others for their counts. */
export async function leadGroup(rank: Rank, options: GroupOptions): Promise<Group> {
  const members = new Map<number, Socket>();
  const arrived = new Map<string, Arrivals>();
  const questions = new Questions(members);
  let changing: Promise<void> | null = null;

  const send = (socket: Socket, message: FromLeader) => sendMessage(socket, message);
  const arrivals = (name: string): Arrivals => {
    let state = arrived.get(name);
    if (!state) {
      state = makeArrivals(rank.dpSize);
      arrived.set(name, state);
      state.complete.then(() => {
        for (const socket of members.values()) send(socket, { go: name });
      });
    }
    return state;
  };

  const server = createServer((socket) => {
    let member = -1;
    socket.setKeepAlive(true, KEEPALIVE_MS);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (member < 0) return;
      const reason = `data-parallel rank ${member} is gone`;
      for (const other of members.values()) send(other, { lost: reason });
      options.onLost(reason);
    });
    onMessages<FromMember>(socket, (message) => {
      if ('hello' in message) {
        const refused = refusal(message.hello, rank.dpSize, members);
        if (refused !== null) return send(socket, { refused });
        member = message.hello.rank;
        members.set(member, socket);
        logInfo(`data-parallel rank ${member} joined, ${members.size + 1} of ${rank.dpSize}`);
      } else if (member < 0) socket.destroy();
      else if ('barrier' in message) arrivals(message.barrier).add();
      else if ('taken' in message) questions.answered(member, message.taken, null);
      else questions.answered(member, message.of, decodeCounts(message.counts));
    });
  });
  await listen(server, rank.masterPort, rank.masterAddress);

  return {
    async barrier(name) {
      const state = arrivals(name);
      state.add();
      await deadline(state.complete, options.timeoutMs, () => {
        const waiting = rank.dpSize - state.count();
        return new Refusal(
          'torch.distributed.DistStoreError',
          `Timed out after ${options.timeoutMs / 1000} seconds waiting for clients. ${state.count()}/${rank.dpSize} clients joined (${waiting} missing).`,
        );
      });
    },
    async collect() {
      while (changing) await changing;
      return gather((of) => ({ collect: of }));
    },
    async change(decide) {
      while (changing) await changing;
      const done = changeAll(decide);
      changing = done
        .catch(() => {})
        .finally(() => {
          changing = null;
        });
      return done;
    },
  };

  async function gather(question: (of: number) => FromLeader): Promise<Float64Array> {
    const answers = questions.ask(question);
    const total = options.counts().slice();
    for (const counts of await answers) {
      for (let at = 0; at < total.length; at++) total[at]! += counts![at]!;
    }
    return total;
  }

  async function changeAll(decide: (counts: Float64Array) => readonly LayerChange[]): Promise<void> {
    options.hold();
    try {
      const maps = decide(await gather((of) => ({ hold: of })));
      if (maps.length === 0) return;
      options.take(maps);
      await questions
        .ask((of) => ({ take: maps, of }))
        .catch((cause: Error) => {
          options.onLost(`${cause.message}: it may serve other experts than the rest`);
          throw cause;
        });
    } finally {
      for (const socket of members.values()) send(socket, { release: true });
      options.release();
    }
  }
}

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
