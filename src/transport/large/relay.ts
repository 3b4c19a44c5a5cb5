import relaySource from '../../../templates/relay.py';
import { quote } from '../../shell/quote.ts';
import { Lines } from '../output.ts';
import type { ProcessHost, RemoteProcess } from '../process.ts';

const ALIVE_MS = 4_000;
const START_MS = 10_000;

// comments stay here: they would travel with every start
const SOURCE = relaySource.replaceAll(/^\s*#.*\n/gm, '');

/** Why a host got no more from another. */
export class RelayLost extends Error {
  override readonly name = 'RelayLost';
}

/** The disk of the host that pulls is full. */
export class RelayFull extends Error {
  override readonly name = 'RelayFull';

  constructor(readonly freeBytes: number) {
    super(`${freeBytes} bytes free`);
  }
}

interface Waiting {
  readonly resolve: (words: readonly string[]) => void;
  readonly reject: (error: Error) => void;
}

/** The helper on a host that gets a large file from another host and gives it on (templates/relay.py). */
export class Relay {
  /** Bytes on the host's disk. */
  atBytes = 0;
  onBytes: ((bytes: number) => void) | null = null;
  readonly ended: Promise<void>;
  #alive = true;
  #numbers = 0;
  #freeBytes: number | null = null;
  readonly #waiting = new Map<string, Waiting>();
  readonly #process: RemoteProcess;
  readonly #heartbeat: NodeJS.Timeout;

  /** @throws when the host has no python3, or may not start it */
  static async start(host: ProcessHost, path: string, sizeBytes: number): Promise<Relay> {
    const argv = ['python3', '-I', '-S', '-c', SOURCE, path, String(sizeBytes), host.address];
    const relay = new Relay(await host.open(`exec ${quote(argv)}`));
    try {
      await relay.#answer('ready', START_MS);
      return relay;
    } catch (error) {
      relay.stop();
      throw error;
    }
  }

  private constructor(process: RemoteProcess) {
    this.#process = process;
    const lines = new Lines((line) => this.#hear(line));
    process.stdout.on('data', (chunk: Buffer) => lines.push(chunk));
    process.stderr.resume();
    this.#heartbeat = setInterval(() => this.#say('alive'), ALIVE_MS);
    const end = (): void => {
      this.#alive = false;
      clearInterval(this.#heartbeat);
      for (const { reject } of this.#waiting.values()) reject(new RelayLost('its helper ended'));
      this.#waiting.clear();
    };
    this.ended = process.ended.then(end, end);
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Opens a port for one host that has `token`. */
  async allow(token: string): Promise<number> {
    const number = this.#next();
    this.#say(`allow ${number} ${token}`);
    const [port, ...why] = await this.#answer(`port ${number}`, START_MS);
    if (Number(port) > 0) return Number(port);
    throw new RelayLost(`it can't open a port: ${why.join(' ')}`);
  }

  /** Gets the rest of the file. @returns sha256 of all of it @throws RelayLost, RelayFull */
  async pull(address: string, port: number, token: string): Promise<string> {
    const number = this.#next();
    this.#freeBytes = null;
    this.#say(`pull ${number} ${address} ${port} ${token}`);
    const [sha256 = ''] = await this.#answer(`pulled ${number}`);
    return sha256;
  }

  /** Lets the pull that runs fail. */
  giveUp(why: string): void {
    for (const [key, { reject }] of this.#waiting) if (key.startsWith('pulled ')) reject(new RelayLost(why));
  }

  /** Starts again. */
  reset(): void {
    this.atBytes = 0;
    this.#say('reset');
  }

  stop(): void {
    this.#process.stdin.end();
    setTimeout(() => this.#alive && this.#process.letGo(), 1000).unref();
  }

  #next(): string {
    this.#numbers += 1;
    return String(this.#numbers);
  }

  #say(line: string): void {
    if (this.#alive && !this.#process.stdin.writableEnded) this.#process.stdin.write(`${line}\n`);
  }

  #hear(line: string): void {
    const [word = '', number = '', ...rest] = line.split(' ');
    if (word === 'at') {
      this.atBytes = Number(number);
      this.onBytes?.(this.atBytes);
    } else if (word === 'full') this.#freeBytes = Number(number);
    else if (word === 'lost') {
      const error = this.#freeBytes === null ? new RelayLost(rest.join(' ')) : new RelayFull(this.#freeBytes);
      this.#waiting.get(`pulled ${number}`)?.reject(error);
    } else this.#waiting.get(word === 'ready' ? word : `${word} ${number}`)?.resolve(rest);
  }

  #answer(key: string, withinMs?: number): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      if (!this.#alive) return reject(new RelayLost('its helper ended'));
      const late =
        withinMs === undefined ? undefined : setTimeout(() => waiting.reject(new RelayLost('no answer')), withinMs);
      const settled = (): void => {
        clearTimeout(late);
        this.#waiting.delete(key);
      };
      const waiting: Waiting = {
        resolve: (words) => {
          settled();
          resolve(words);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      };
      this.#waiting.set(key, waiting);
    });
  }
}
