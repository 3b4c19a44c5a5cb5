import { Agent } from 'node:http';
import type { Upstream } from './conf.ts';

const MAX_FAILS = 3;
const FAIL_TIMEOUT_MS = 10_000;
const READ_TIMEOUT_MS = 14_400_000;
/** keepalive_timeout of its upstreams. */
const IDLE_MS = 110_000;

/** A server of an upstream with what the proxy has going on there. */
export interface Peer {
  readonly host: string;
  readonly port: number;
  active: number;
  /** Bytes of the requests in flight. */
  load: number;
  /** Times of the latest failures, ms. */
  fails: number[];
}

/** The servers of one upstream: gives the least busy one that isn't down. */
export class Peers {
  /** Its connections to the servers. */
  readonly agent = new Agent({ keepAlive: true, timeout: READ_TIMEOUT_MS });
  readonly #peers: readonly Peer[];
  readonly #upstream: Upstream;
  #turn = 0;

  constructor(upstream: Upstream) {
    this.#upstream = upstream;
    // the proxy closes an idle connection before its server does
    this.agent.on('free', (socket) => socket.setTimeout(IDLE_MS));
    this.#peers = upstream.servers.map((server) => {
      const colon = server.lastIndexOf(':');
      return { host: server.slice(0, colon), port: Number(server.slice(colon + 1)), active: 0, load: 0, fails: [] };
    });
  }

  /** The peers to try, best first. When all are down, all are tried again, as nginx does. */
  order(now: number): readonly Peer[] {
    const up = this.#peers.filter((peer) => !isDown(peer, now));
    const candidates = up.length > 0 ? up : this.#peers;
    const from = this.#turn++ % candidates.length;
    const turned = [...candidates.slice(from), ...candidates.slice(0, from)];
    if (this.#upstream.balance === 'round_robin') return turned;
    return turned.sort((a, b) => this.#busy(a) - this.#busy(b) || a.active - b.active || a.load - b.load);
  }

  /** As an old worker of nginx after a reload: requests continue, and their connections are closed with them. */
  retire(): void {
    this.agent.on('free', (socket) => socket.destroy());
    for (const idle of Object.values(this.agent.freeSockets).flat()) idle?.destroy();
  }

  // score balancing prefers the shortest work in flight as long as there is room for one more request
  #busy(peer: Peer): number {
    if (this.#upstream.balance !== 'pd_score_balance') return peer.active;
    return peer.active < this.#upstream.maxNumSeqs ? peer.load : Number.MAX_SAFE_INTEGER;
  }
}

export function noteFailure(peer: Peer, now: number): void {
  peer.fails = [...peer.fails.filter((at) => now - at < FAIL_TIMEOUT_MS), now];
}

function isDown(peer: Peer, now: number): boolean {
  return peer.fails.filter((at) => now - at < FAIL_TIMEOUT_MS).length >= MAX_FAILS;
}
