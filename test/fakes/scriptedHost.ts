import type { Duplex } from 'node:stream';
import { type RemoteHost, type RunOptions, type RunResult, TransportError } from '../../src/transport/host.ts';

/** What becomes of a step; `lost`: the connection breaks when it has begun; `hangs`: it never ends by itself. */
export type Fate = 'done' | 'fails' | 'lost' | 'hangs';

/**
 * A host that runs nothing: it answers the runner's batches and waits as a real one would, each step by its fate, in no
 * time. Steps are known by the word `step:<id>` in their command, or in the generation that a wait looks for.
 */
export class ScriptedHost implements RemoteHost {
  readonly meter = { roundTrips: 0, bytesSent: 0, bytesReceived: 0 };
  /** Ids in the order in which their steps began here. */
  readonly began: string[] = [];

  constructor(
    readonly address: string,
    private readonly fateOf: (id: string) => Fate,
    /** Turns of the event loop before an answer: another order of events. */
    private readonly turns: () => number = () => 0,
  ) {}

  async run(script: string, options: RunOptions = {}): Promise<RunResult> {
    this.meter.roundTrips += 1;
    for (let left = this.turns(); left > 0; left -= 1) await new Promise((resolve) => setImmediate(resolve));
    const nonce = /^n=(\S+)$/m.exec(script)?.[1];
    return nonce === undefined ? this.#look(script, options) : this.#batch(script, nonce, options);
  }

  forward(): Promise<Duplex> {
    return Promise.reject(new Error('nothing listens here'));
  }

  async close(): Promise<void> {}

  async #batch(script: string, nonce: string, options: RunOptions): Promise<RunResult> {
    const codes: number[] = [];
    const say = (...words: (string | number)[]) => {
      options.onLine?.('', 1);
      options.onLine?.([nonce, ...words].join(' '), 1);
    };
    for (const [, needs = '', at = ''] of script.matchAll(PIECE)) {
      const index = Number(at);
      const met = [...needs.matchAll(/r(\d+)/g)].every(([, need]) => codes[Number(need)] === 0);
      if (!met) {
        codes[index] = 1;
        say('end', index, 'not-run');
        continue;
      }
      const from = script.indexOf(`m begin ${index}\n`);
      const id = idIn(script.slice(from, script.indexOf(`m end ${index} `, from)));
      say('begin', index, '');
      this.began.push(id);
      const fate = this.fateOf(id);
      if (fate === 'lost') throw this.#lost();
      if (fate === 'hangs') return until(options);
      codes[index] = fate === 'done' ? 0 : 1;
      say('end', index, codes[index]!);
    }
    return ended('');
  }

  /** A look at a starting server, or at its logs. */
  async #look(script: string, options: RunOptions): Promise<RunResult> {
    if (!script.includes('OMNIPLACE_GENERATION=')) return ended('the last words\n');
    const id = idIn(script);
    this.began.push(id);
    const fate = this.fateOf(id);
    if (fate === 'lost') throw this.#lost();
    if (fate === 'hangs') return until(options);
    return ended(fate === 'done' ? 'processes 1\ncpu 1\nbytes 1\n' : 'processes 0\ncpu 0\nexit 9\nbytes 1\n');
  }

  #lost(): TransportError {
    return new TransportError('lost', this.address, `lost ${this.address} on the way`, null);
  }
}

/** What stands before a step of a batch: what of the same batch it needs, and its number. */
const PIECE = /(?:if \[ "((?:\$\{r\d+\})+)" = "0+" \]; then\n)?m begin (\d+)\n/g;

function idIn(script: string): string {
  const id = /step:([^\s'"]+)/.exec(script)?.[1];
  if (id === undefined) throw new Error(`no step is named in ${script}`);
  return id;
}

function ended(stdout: string): RunResult {
  return { code: 0, stdout, stderr: '', durationMs: 0, ended: 'exit' };
}

function until({ signal, deadlineMs }: RunOptions): Promise<RunResult> {
  return new Promise((resolve) => {
    const end = (how: 'aborted' | 'deadline') =>
      resolve({ code: null, stdout: '', stderr: '', durationMs: 0, ended: how });
    if (signal?.aborted) return end('aborted');
    const timer = deadlineMs === undefined ? undefined : setTimeout(() => end('deadline'), deadlineMs);
    signal?.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        end('aborted');
      },
      { once: true },
    );
  });
}
