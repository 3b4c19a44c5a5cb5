// MaxStartups is 10:30:100 by default: the 11th connection that has not logged in yet is dropped with chance
const HANDSHAKES_PER_SERVER = 4;

const servers = new Map<string, { running: number; waiting: (() => void)[] }>();

/** Runs `handshake` when fewer than 4 others with the same SSH server are under way. */
export async function paced<T>(server: string, handshake: () => Promise<T>): Promise<T> {
  const gate = servers.get(server) ?? { running: 0, waiting: [] };
  servers.set(server, gate);
  if (gate.running < HANDSHAKES_PER_SERVER) gate.running += 1;
  else await new Promise<void>((resolve) => gate.waiting.push(resolve));
  try {
    return await handshake();
  } finally {
    const next = gate.waiting.shift();
    if (next) next();
    else gate.running -= 1;
    if (gate.running === 0) servers.delete(server);
  }
}
