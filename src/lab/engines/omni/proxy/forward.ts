import { type Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { noteFailure, type Peer, type Peers } from './peers.ts';

export interface Outgoing {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A server's answer, and the word to say when it has been passed on. */
export interface Forwarded {
  readonly response: IncomingMessage;
  readonly done: () => void;
}

/** Sends to the least busy server; one that can't be reached is passed over. null: none could. */
export async function forward(
  peers: Peers,
  outgoing: Outgoing,
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<Forwarded | null> {
  for (const peer of peers.order(Date.now())) {
    peer.active++;
    peer.load += outgoing.body.length;
    const done = once(() => {
      peer.active--;
      peer.load -= outgoing.body.length;
    });
    try {
      return { response: await send(peer, outgoing, peers.agent, signal), done };
    } catch (cause) {
      done();
      if (signal.aborted) throw cause;
      noteFailure(peer, Date.now());
      log(`connect() to ${peer.host}:${peer.port} failed (${(cause as Error).message}) while connecting to upstream`);
    }
  }
  return null;
}

function send(peer: Peer, outgoing: Outgoing, agent: Agent, signal: AbortSignal): Promise<IncomingMessage> {
  const { method, path, headers, body } = outgoing;
  return new Promise((resolve, reject) => {
    const sent: ClientRequest = request(
      { host: peer.host, port: peer.port, method, path, headers, agent, signal },
      resolve,
    );
    sent.once('error', (cause: NodeJS.ErrnoException) => {
      // an idle connection the server closed at the same moment isn't a dead server
      if (sent.reusedSocket && cause.code === 'ECONNRESET' && !signal.aborted) {
        send(peer, outgoing, agent, signal).then(resolve, reject);
      } else reject(cause);
    });
    sent.end(body);
  });
}

function once(work: () => void): () => void {
  let left = true;
  return () => {
    if (left) work();
    left = false;
  };
}
