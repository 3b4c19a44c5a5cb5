import type { OpenHost, RemoteHost } from '../host.ts';
import type { RateLimit } from '../rate.ts';
import { type BringOptions, bringFile, type Part } from './bring.ts';
import { LocalSource } from './source.ts';

/** What the transfers of a run share: their bandwidth, and what was learned of the files they send. */
export class Transfers {
  readonly #open: OpenHost;
  readonly #sources = new Map<string, Promise<LocalSource>>();
  #running = 0;

  constructor(
    open: OpenHost,
    /** Null: as fast as it goes. */
    readonly limit: RateLimit | null,
  ) {
    this.#open = open;
  }

  /** A local file, opened once for all hosts. */
  source(path: string): Promise<LocalSource> {
    const opened = this.#sources.get(path) ?? LocalSource.open(path);
    this.#sources.set(path, opened);
    return opened;
  }

  /**
   * Brings a file to a host, under its hidden name, whole and verified.
   * @returns the host, connected
   * @throws BringError, TransportError
   */
  async bring(address: string, source: LocalSource, part: Part, options: BringOptions): Promise<RemoteHost> {
    const reach = () => this.#open(address, options.signal);
    this.#running += 1;
    try {
      await bringFile(reach, source, part, { ...options, limit: this.limit, sharers: () => this.#running });
    } finally {
      this.#running -= 1;
    }
    return reach();
  }
}
