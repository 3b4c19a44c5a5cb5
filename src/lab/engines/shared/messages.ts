import type { Socket } from 'node:net';

/** One JSON document per line over a socket. Returns the sender. */
export function onMessages<Received>(socket: Socket, receive: (message: Received) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.setNoDelay(true);
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      const message = parse<Received>(line);
      if (message === null) socket.destroy();
      else receive(message);
    }
  });
}

export function sendMessage(socket: Socket, message: unknown): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

// a stranger on the port must not bring the engine down
function parse<Received>(line: string): Received | null {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
