import { lines } from '../shell/sections.ts';

/** `addresses`: `ip -o -4 addr show`; `routes`: /proc/net/route. The interface with `address`, else the default route's. */
export function parseInterface(addresses: string, routes: string, address: string): string | null {
  for (const line of lines(addresses)) {
    const [, name, , carried] = line.trim().split(/\s+/);
    if (name !== undefined && carried?.split('/')[0] === address) return name;
  }
  for (const line of lines(routes)) {
    const [name, destination, , , , , , mask] = line.trim().split(/\s+/);
    if (name !== undefined && destination === '00000000' && mask === '00000000') return name;
  }
  return null;
}

export interface Listening {
  readonly port: number;
  readonly pid: number | null;
}

/** `ss`: `ss -H -l -t -n -p`; `proc`: the listening lines of /proc/net/tcp and tcp6, for hosts without ss. */
export function parseListening(ss: string, proc: string): readonly Listening[] {
  const found = new Map<number, number | null>();
  const note = (port: number, pid: number | null): void => {
    if (Number.isInteger(port)) found.set(port, pid ?? found.get(port) ?? null);
  };
  for (const line of lines(ss)) {
    const local = line.trim().split(/\s+/)[3];
    const pid = /\bpid=(\d+)/.exec(line)?.[1];
    if (local !== undefined)
      note(Number(local.slice(local.lastIndexOf(':') + 1)), pid === undefined ? null : Number(pid));
  }
  for (const line of lines(proc)) {
    const local = line.trim().split(/\s+/)[1];
    const hex = local?.slice(local.lastIndexOf(':') + 1);
    if (hex !== undefined && /^[0-9A-F]{4}$/i.test(hex)) note(Number.parseInt(hex, 16), null);
  }
  return [...found].sort(([a], [b]) => a - b).map(([port, pid]) => ({ port, pid }));
}
