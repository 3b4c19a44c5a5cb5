import type { OpenHost, RemoteHost } from '../host.ts';
import type { RateLimit } from '../rate.ts';
import { bringFile } from './bring.ts';
import type { FanOut } from './fanOut.ts';
import type { BringOptions, Part } from './part.ts';
import { LocalSource } from './source.ts';

/** Smaller files are sooner sent than passed on. */
const FAN_OUT_BYTES = 1024 * 1024;

/** What the transfers of a run share: their bandwidth, and what was learned of the files they send. */
export class Transfers {
  readonly #open: OpenHost;
  readonly #sources = new Map<string, Promise<LocalSource>>();
  #running = 0;

  constructor(
    open: OpenHost,
    /** Null: as fast as it goes. */
    readonly limit: RateLimit | null,
    /** Null: every host is sent its own copy. */
    private readonly fanOut: FanOut | null = null,
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
    const direct = async (said: BringOptions): Promise<void> => {
      this.#running += 1;
      try {
        await bringFile(reach, source, part, { ...said, limit: this.limit, sharers: () => this.#running });
      } finally {
        this.#running -= 1;
      }
    };
    if (this.fanOut === null || source.sizeBytes < FAN_OUT_BYTES) await direct(options);
    else await this.fanOut.bring(address, source, part, options, direct);
    return reach();
  }

  /** Ends what outlives a single transfer. */
  async close(): Promise<void> {
    await this.fanOut?.close();
  }
}
