import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { mib } from '../../files/sizes.ts';
import { quote } from '../../shell/quote.ts';
import type { OpenHost } from '../host.ts';
import { isProcessHost } from '../process.ts';
import { BringError, noRoom } from './bringError.ts';
import { look } from './look.ts';
import { Member, Members } from './members.ts';
import { Pace } from './pace.ts';
import { type BringOptions, type Part, partPath } from './part.ts';
import { Relay, RelayFull, RelayLost } from './relay.ts';
import { STALL_MS } from './sending.ts';
import type { LocalSource } from './source.ts';

/** Hosts that could not get on with so many others are sent the file from here. */
const TRIES = 3;
const RESTARTS = 2;
/** Helpers that run on a host at once: each holds a channel of its connection. */
const HELPERS = 3;
const LOOK_MS = 1_000;
const CLOSING_MS = 2_000;

/** Sends a file from here: what a host gets that no other host gives it. */
export type Direct = (options: BringOptions) => Promise<void>;

/**
 * Copies of large files that hosts pass on to each other: this machine sends a few, every host gives what it has to the next
 * while it still arrives. A host that dies, stalls or lags is left by those that got from it.
 */
export class FanOut {
  readonly #open: OpenHost;
  readonly #notice: (text: string) => void;
  readonly #files = new Map<string, Members>();
  /** Of each host, oldest first. */
  readonly #onHost = new Map<string, Member[]>();

  constructor(open: OpenHost, notice: (text: string) => void) {
    this.#open = open;
    this.#notice = notice;
  }

  /** Resolves when the host has the whole file, verified. @throws BringError, TransportError */
  async bring(address: string, source: LocalSource, part: Part, options: BringOptions, direct: Direct): Promise<void> {
    const members = this.#membersOf(source, part);
    const host = await this.#open(address, options.signal);
    const { haveBytes } = await look(host, source, part, false, options);
    const start = async (): Promise<Relay | null> => {
      const reached = await this.#open(address, options.signal);
      if (!isProcessHost(reached)) return null;
      return Relay.start(reached, partPath(part, source), source.sizeBytes).catch(() => null);
    };
    const relay = await start();
    if (relay === null)
      this.#notice(`${address} has no python3 to get files from other hosts with: it is sent its own copy`);
    const member = new Member(address, relay, haveBytes);
    members.add(member);
    this.#keepFew(member);
    try {
      await this.#fill(member, { members, source, options, direct, start });
      member.isWhole = true;
    } catch (error) {
      members.drop(member);
      if (error instanceof RelayFull) {
        await host.run(quote(['rm', '-f', '--', partPath(part, source)])).catch(() => undefined);
        throw noRoom(address, source.path, error.freeBytes, source.sizeBytes - member.atBytes, part.folder);
      }
      throw error;
    }
  }

  /** Ends every helper, and with it every port and connection between hosts. */
  async close(): Promise<void> {
    const relays = [...this.#files.values()].flatMap((members) => members.relays());
    for (const relay of relays) relay.stop();
    await Promise.race([Promise.all(relays.map((relay) => relay.ended)), sleep(CLOSING_MS, undefined, { ref: false })]);
    this.#files.clear();
  }

  async #fill(member: Member, bringing: Bringing): Promise<void> {
    const { members, source, options, direct, start } = bringing;
    const pace = new Pace(source.sizeBytes, member.atBytes, performance.now());
    for (let damaged = false; ; ) {
      // its connection was cut: what it has is still there
      if (member.relay?.alive === false && member.restarts < RESTARTS) {
        member.restarts += 1;
        member.relay = await start();
      }
      const isAlone = damaged || !member.relay?.alive || member.left.size >= TRIES;
      const from = isAlone ? 'here' : members.sourceFor(member);
      member.setSource(from);
      if (from === 'here') {
        const onBytes = (bytes: number): void => {
          member.atBytes = bytes;
          options.onBytes?.(bytes);
        };
        return direct({ ...options, onBytes });
      }
      try {
        const sha256 = await this.#pull(member, from, pace, bringing);
        if (sha256 === (await source.sha256())) return;
        damaged = true;
        member.relay?.reset();
        this.#notice(`${source.path} arrived damaged on ${member.address} by ${from.address}: it is sent from here`);
      } catch (error) {
        if (!(error instanceof RelayLost)) throw error;
        if (options.signal?.aborted) throw interrupted(member.address, source);
        member.left.add(from);
        this.#notice(
          `${member.address} gets no more of ${source.path} from ${from.address} (${error.message}): another source takes over`,
        );
      } finally {
        member.setSource(null);
      }
    }
  }

  async #pull(member: Member, from: Member, pace: Pace, bringing: Bringing): Promise<string> {
    const { members, source, options } = bringing;
    const relay = member.relay!;
    const token = randomBytes(24).toString('hex');
    const port = await from.relay!.allow(token).catch((error: unknown) => {
      from.isShunned = true;
      throw error;
    });
    const stallMs = options.stallMs ?? STALL_MS;
    let grewAtMs = performance.now();
    relay.onBytes = (bytes) => {
      if (bytes > member.atBytes) grewAtMs = performance.now();
      member.atBytes = bytes;
      options.onBytes?.(bytes);
      options.onProgress?.(`${pace.at(bytes, performance.now())}, from ${from.address}`, bytes / source.sizeBytes);
    };
    const watch = setInterval(() => {
      members.look(performance.now());
      // what its source does not have either is not a fault of the path between them
      if (member.waits && !from.isWhole) grewAtMs = performance.now();
      if (!from.gives) relay.giveUp(`${from.address} failed`);
      else if (performance.now() - grewAtMs > stallMs) relay.giveUp(`no byte for ${(stallMs / 1000).toFixed(0)} s`);
      else if (member.waits && members.isLagging(from)) {
        from.isShunned = true;
        relay.giveUp(`${from.address} lags behind the others at ${mib(from.pace ?? 0)} MiB/s`);
      }
    }, LOOK_MS);
    const onAbort = (): void => relay.giveUp('interrupted');
    options.signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await relay.pull(from.address, port, token);
    } finally {
      clearInterval(watch);
      relay.onBytes = null;
      options.signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Of many files, a host that comes very late for an old one gets it from here. */
  #keepFew(member: Member): void {
    const mine = [...(this.#onHost.get(member.address) ?? []), member];
    const idle = mine.filter((one) => one.isWhole && one.takers.size === 0);
    const ended = idle.slice(0, Math.max(0, mine.length - HELPERS));
    for (const one of ended) one.relay?.stop();
    this.#onHost.set(
      member.address,
      mine.filter((one) => !ended.includes(one)),
    );
  }

  #membersOf(source: LocalSource, part: Part): Members {
    const key = `${source.key} ${part.name}`;
    const members = this.#files.get(key) ?? new Members();
    this.#files.set(key, members);
    return members;
  }
}

/** One file on its way to one host. */
interface Bringing {
  readonly members: Members;
  readonly source: LocalSource;
  readonly options: BringOptions;
  readonly direct: Direct;
  /** Starts the helper on the host again. */
  readonly start: () => Promise<Relay | null>;
}

function interrupted(host: string, source: LocalSource): BringError {
  return new BringError('aborted', host, `sending ${source.path} to ${host} was aborted`, null);
}
