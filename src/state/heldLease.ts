import type { OpenHost, RemoteHost } from '../transport/host.ts';
import { fencedHost } from './fencedHost.ts';
import { LeaseLost } from './leaseErrors.ts';
import { type Lease, parseLease } from './leaseFile.ts';
import { beatScript, fence, releaseScript } from './leaseScripts.ts';
import type { LeaseRequest, Tokens } from './takeLease.ts';

const DEADLINE_MS = 20_000;

/** A lease that was taken: it beats until it is released, fences every host, and reports when it is lost. */
export class HeldLease {
  readonly #request: LeaseRequest;
  readonly #open: OpenHost;
  readonly #tokens: Tokens;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #beating = new Map<string, Promise<void>>();
  #error: LeaseLost | null = null;
  #seq = 1;

  constructor(open: OpenHost, request: LeaseRequest, tokens: Tokens) {
    this.#open = open;
    this.#request = request;
    this.#tokens = tokens;
    this.#timer = setInterval(() => this.beat(), (request.wish.ttl * 1000) / 3);
    this.#timer.unref();
  }

  /** Fires when another has the lease of a host. */
  get lostSignal(): AbortSignal {
    return this.#lost.signal;
  }

  get lost(): LeaseLost | null {
    return this.#error;
  }

  /** Opens hosts on which nothing is done any more once the lease there is another's. */
  readonly open: OpenHost = async (address, signal) => this.#fenced(await this.#open(address, signal));

  /** Raises the sequence on every host; one that is still busy with the last is left out. */
  beat(): void {
    this.#seq += 1;
    for (const [address, token] of this.#tokens) {
      if (token === null || this.#beating.has(address)) continue;
      const beating = this.#beatOne(address, token, this.#seq)
        // a host that can't be reached now may be at the next
        .catch(() => {})
        .finally(() => this.#beating.delete(address));
      this.#beating.set(address, beating);
    }
  }

  /**
   * Gives the lease back on every host, whose last run becomes `run`, after `lastWork` was done there.
   * @returns what went wrong, one sentence per host
   */
  async release(run: string, lastWork: (address: string) => string = () => ''): Promise<readonly string[]> {
    clearInterval(this.#timer);
    await Promise.all(this.#beating.values());
    const problems = [...this.#tokens].map(async ([address, token]): Promise<string[]> => {
      if (token === null) return [];
      try {
        const host = await this.open(address);
        const script = `${lastWork(address)}\n${releaseScript(this.#request.folder, this.#request.wish.id, run)}`;
        const { code, stdout, stderr } = await host.run(script, { deadlineMs: 15 * DEADLINE_MS });
        const words = stderr.trim().split('\n').at(-1);
        if (code !== 0)
          return [
            `the lease could not be given back on ${address}, and is anybody's after its time: ${words || `exit code ${code}`}`,
          ];
        return [
          ...(stdout.includes('omniplace-not-kept')
            ? [`${address} does not keep this generation, so that nothing can go back to it: ${words}`]
            : []),
          ...(stdout.includes('omniplace-not-remembered') ? [`${address} does not remember this run: ${words}`] : []),
        ];
      } catch (error) {
        if (error instanceof LeaseLost) return [];
        const words = error instanceof Error ? error.message : error;
        return [`the lease could not be given back, and is anybody's after its time: ${words}`];
      }
    });
    return (await Promise.all(problems)).flat();
  }

  #fenced(host: RemoteHost): RemoteHost {
    const { folder, wish } = this.#request;
    const token = this.#tokens.get(host.address);
    if (token === null) return host;
    // not one of those that granted it: nothing may be done there
    return fencedHost(host, fence(`${folder}/lease`, wish.id, token ?? 0), (error) => this.#lose(error));
  }

  async #beatOne(address: string, token: number, seq: number): Promise<void> {
    const lease: Lease = { ...this.#request.wish, seq, token };
    const host = await this.#open(address);
    const { stdout } = await host.run(beatScript(this.#request.folder, lease), { deadlineMs: DEADLINE_MS });
    // it runs by the clock, parallel to the work: nothing waits for its round trip
    host.meter.roundTrips -= 1;
    if (stdout.startsWith('lost')) this.#lose(new LeaseLost(address, parseLease(stdout.slice('lost'.length))));
  }

  #lose(error: LeaseLost): void {
    this.#error ??= error;
    this.#lost.abort();
  }
}
