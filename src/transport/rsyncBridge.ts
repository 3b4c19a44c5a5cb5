import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseLoosely } from '../files/parseJson.ts';
import type { RemoteProcess } from './process.ts';
import { limited, type RateLimit } from './rate.ts';
import { BridgeHeadShape } from './transport.gen.ts';

/** What rsync gets as its remote shell: a child of it that joins its streams to a process on the host. */
export interface Bridge {
  /** For RSYNC_RSH. */
  readonly shell: string;
  readonly env: Readonly<Record<string, string>>;
  /** Exit code of the process on the host; null while none ended. */
  exitCode(): number | null;
  close(): Promise<void>;
}

/** Serves one connection on a unix socket that only this user can open, for a client with the token. */
export async function openBridge(
  start: (command: string) => Promise<RemoteProcess>,
  limit: RateLimit | null,
): Promise<Bridge> {
  const folder = await mkdtemp(join(tmpdir(), 'omniplace-'));
  const path = join(folder, 'bridge');
  const token = randomBytes(16).toString('hex');
  let exitCode: number | null = null;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    // one rsync, one connection
    server.close();
    serve(socket, token, start, limit).then(
      (code) => {
        exitCode = code;
      },
      () => socket.destroy(),
    );
  });
  await listen(server, path);
  return {
    shell: `${rsyncWord(process.execPath)} -e ${rsyncWord(CHILD)}`,
    env: { OMNIPLACE_BRIDGE: path, OMNIPLACE_BRIDGE_TOKEN: token },
    exitCode: () => exitCode,
    close: async () => {
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** First the token and the command, one line of JSON; then the child's input there, and frames back. */
async function serve(
  socket: Socket,
  token: string,
  start: (command: string) => Promise<RemoteProcess>,
  limit: RateLimit | null,
): Promise<number> {
  const { head, rest } = await firstLine(socket);
  const asked = parseLoosely(head, BridgeHeadShape);
  if (asked?.token !== token) throw new Error('not our rsync');
  const process = await start(asked.command);
  process.stdin.write(rest);
  limited(socket, limit)
    .on('error', () => process.letGo())
    .pipe(process.stdin);
  socket.on('error', () => process.letGo());
  socket.on('close', () => process.stdin.end());
  frames(process, socket, 'stdout', 1);
  frames(process, socket, 'stderr', 2);
  const code = await process.ended.catch(() => 255);
  socket.end(frame(3, Buffer.from([code & 255])));
  return code;
}

function frames(process: RemoteProcess, socket: Socket, from: 'stdout' | 'stderr', type: 1 | 2): void {
  const stream = process[from];
  stream.on('data', (chunk: Buffer) => {
    if (socket.writable && !socket.write(frame(type, chunk))) {
      stream.pause();
      socket.once('drain', () => stream.resume());
    }
  });
}

/** Type (1 stdout, 2 stderr, 3 exit code), length, bytes. */
function frame(type: 1 | 2 | 3, bytes: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(type, 0);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function firstLine(socket: Socket): Promise<{ head: string; rest: Buffer }> {
  return new Promise((resolve, reject) => {
    let read = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      read = Buffer.concat([read, chunk]);
      const end = read.indexOf(0x0a);
      if (end < 0) return;
      socket.off('data', onData);
      socket.pause();
      resolve({ head: read.subarray(0, end).toString(), rest: read.subarray(end + 1) });
    };
    socket.on('data', onData);
    socket.once('close', () => reject(new Error('closed')));
  });
}

async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
}

/** rsync splits its remote shell at spaces, except in single quotes; a quote in them is doubled. */
function rsyncWord(word: string): string {
  return `'${word.replaceAll("'", "''")}'`;
}

/**
 * The child, as text: the bundle is one file, so there is none next to it to run. Its arguments are
 * `host rsync --server ...`. It ends as soon as the exit code came, since rsync keeps its input open until then;
 * on errors rsync sends SIGUSR1, which would open Node's inspector.
 */
const CHILD = `
process.on("SIGUSR1", () => {});
const socket = require("net").connect({ path: process.env.OMNIPLACE_BRIDGE, allowHalfOpen: true }, () => {
  const command = process.argv.slice(2).join(" ");
  socket.write(JSON.stringify({ token: process.env.OMNIPLACE_BRIDGE_TOKEN, command }) + "\\n");
  process.stdin.pipe(socket);
});
let held = Buffer.alloc(0);
socket.on("data", (chunk) => {
  held = held.length ? Buffer.concat([held, chunk]) : chunk;
  let at = 0;
  while (held.length - at >= 5) {
    const size = held.readUInt32BE(at + 1);
    if (held.length - at - 5 < size) break;
    const type = held[at];
    const bytes = held.subarray(at + 5, at + 5 + size);
    at += 5 + size;
    if (type === 3) return process.stdout.write("", () => process.exit(bytes[0]));
    if (type === 2) process.stderr.write(bytes);
    else if (!process.stdout.write(bytes)) {
      socket.pause();
      process.stdout.once("drain", () => socket.resume());
    }
  }
  held = held.subarray(at);
});
socket.on("error", () => process.exit(255));
socket.on("close", () => process.exit(255));
`.replaceAll('\n', ' ');
