import { connect } from './connect.ts';
import { type ConnectOptions, type OpenHost, type RemoteHost, TransportError } from './host.ts';
import { SshHost } from './ssh.ts';

export interface Pool {
  readonly open: OpenHost;
  /** Every host that was reached. */
  hosts(): readonly RemoteHost[];
  closeAll(): Promise<void>;
}

/** One connection per (address, port, user), opened at the first call, opened again when it was lost; jump hosts too. */
export function createPool(optionsOf: (address: string) => ConnectOptions | Promise<ConnectOptions>): Pool {
  const opened = new Map<string, Promise<SshHost>>();
  const reached = new Map<string, SshHost>();

  const shared = async (options: ConnectOptions): Promise<SshHost> => {
    const key = `${options.login.user}@${options.address}:${options.login.port}`;
    const before = await opened.get(key)?.catch(() => null);
    if (before?.alive) return before;
    // another caller may have started to connect meanwhile
    const again = opened.get(key);
    if (again !== undefined && (await again.catch(() => null)) !== before) return shared(options);
    const opening = reach(options);
    opened.set(key, opening);
    try {
      const host = await opening;
      if (before) Object.assign(host.meter, before.meter);
      reached.set(key, host);
      return host;
    } catch (error) {
      if (opened.get(key) === opening) opened.delete(key);
      throw error;
    }
  };

  const reach = async (options: ConnectOptions): Promise<SshHost> => {
    const jump = jumpOptions(options);
    if (jump === null) return new SshHost(await connect(options), options);
    const { address, login } = options;
    const dial = async () => (await shared(jump)).reach(address, login.port);
    return new SshHost(await connect(options, dial), options);
  };

  return {
    open: async (address, signal) =>
      shared({ ...(await optionsOf(address)), ...(signal === undefined ? {} : { signal }) }),
    hosts: () => [...reached.values()],
    closeAll: async () => {
      const all = await Promise.allSettled(opened.values());
      opened.clear();
      await Promise.all(all.map((entry) => (entry.status === 'fulfilled' ? entry.value.close() : undefined)));
    },
  };
}

/** `user@host[:port]`, logged in to with the same credentials. */
function jumpOptions(options: ConnectOptions): ConnectOptions | null {
  const jump = options.login.jump;
  if (jump === null) return null;
  const found = /^(?:([^@]+)@)?([^@:]+)(?::(\d+))?$/.exec(jump);
  if (found?.[2] === undefined) {
    throw new TransportError('unreachable', options.address, `not a jump host: ${jump}`, 'write it as user@host:port');
  }
  const login = { ...options.login, user: found[1] ?? options.login.user, port: Number(found[3] ?? 22), jump: null };
  return { ...options, address: found[2], login };
}
