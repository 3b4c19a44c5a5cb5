import type { Duplex } from 'node:stream';
import { firstLineOf } from './hostWords.ts';

/** Lists of names in an SSH server's first message (RFC 4253, 7.1), in its order. */
const LISTS = ['key exchange', 'host key', 'cipher', 'cipher back', 'MAC', 'MAC back'] as const;
/** Names in the list of key exchanges that only say what else the server understands. */
const SIGNALS = /^(ext-info-|kex-strict-)/;
const KEXINIT = 20;
const COOKIE_BYTES = 16;
/** Greeting and first message together; what is longer is not an SSH server. */
const MAX_BYTES = 64 * 1024;
/** Bytes in which the greeting is looked for. */
const MAX_GREETING = 8 * 1024;

export type Offer = Readonly<Record<(typeof LISTS)[number], readonly string[]>>;

/** What a server sent before the connection was encrypted. */
export interface Heard {
  /** Null: the server did not get so far. */
  readonly offer: Offer | null;
  /** Its first line with text; empty: it sent no text. */
  readonly line: string;
  readonly bytes: number;
}

/** Listens to a connection that the SSH library reads too, until the server has sent what it offers. */
export function listenForOffer(socket: Duplex): () => Heard {
  let heard = Buffer.alloc(0);
  const stop = (): void => void socket.off('data', hear);
  const hear = (chunk: Buffer): void => {
    heard = Buffer.concat([heard, chunk]);
    if (heard.length > MAX_BYTES || offerIn(heard) !== null) stop();
  };
  socket.on('data', hear);
  return () => {
    stop();
    return { offer: offerIn(heard), line: greetingIn(heard), bytes: heard.length };
  };
}

/** The line that names the version of SSH, or else the first one. */
function greetingIn(bytes: Buffer): string {
  const text = bytes.toString('utf8', 0, MAX_GREETING);
  return firstLineOf(/^SSH-.*/m.exec(text)?.[0] ?? text);
}

/** What the beginning of an SSH server's side of a connection offers; null: it is not whole, or not SSH. */
export function offerIn(bytes: Buffer): Offer | null {
  const greeting = bytes.indexOf('SSH-');
  const end = bytes.indexOf('\n', greeting);
  if (greeting < 0 || end < 0) return null;
  const packet = bytes.subarray(end + 1);
  // length of the packet, length of its padding, type
  if (packet.length < 6 || packet.length < 4 + packet.readUInt32BE(0) || packet[5] !== KEXINIT) return null;
  let at = 6 + COOKIE_BYTES;
  const lists = LISTS.map((name) => {
    if (at + 4 > packet.length) return null;
    const length = packet.readUInt32BE(at);
    at += 4 + length;
    if (at > packet.length) return null;
    const names = packet.toString('latin1', at - length, at).split(',');
    return [name, names.filter((each) => !SIGNALS.test(each))] as const;
  });
  return lists.includes(null) ? null : (Object.fromEntries(lists as never) as Offer);
}
