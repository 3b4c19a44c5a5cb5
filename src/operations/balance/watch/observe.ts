import { randomBytes } from 'node:crypto';
import template from '../../../../templates/watch.sh';
import {
  type LiveEngine,
  type LiveMap,
  parseLiveEngine,
  parseLiveMap,
  parseSwapAnswer,
  type SwapAnswer,
  type SwapRequest,
  swapRequestText,
} from '../../../balancing/liveMap.ts';
import { quote } from '../../../shell/quote.ts';
import { type Lease, parseLease } from '../../../state/leaseFile.ts';
import type { RemoteHost } from '../../../transport/host.ts';

/** What is known already, so that only the rest comes over the wire. */
export interface ObservationWish {
  readonly dumpDir: string;
  readonly stamp: string | null;
  readonly step: number;
  readonly epoch: number | null;
  /** most windows; the newest come */
  readonly windows: number;
  /** file of the cluster's lease on the host */
  readonly lease: string;
}

/** One look at where an instance writes its windows. */
export interface Observation {
  /** newest start of the engine; null: it never dumped */
  readonly stamp: string | null;
  /** of the newest window, by the host's clock; of the start where there is none yet */
  readonly ageSeconds: number | null;
  /** from one window to the next, of late; null: there are not two */
  readonly windowSeconds: number | null;
  /** in order; those not known yet */
  readonly windows: readonly { readonly step: number; readonly content: Uint8Array }[];
  /** in order; those not known yet */
  readonly maps: readonly LiveMap[];
  /** null: this engine can't swap experts while it serves */
  readonly engine: LiveEngine | null;
  readonly answer: SwapAnswer | null;
  /** who may change the cluster now */
  readonly lease: Lease | null;
}

/** Bytes of an answer: a hundred windows of the largest model. */
const KEEP_BYTES = 64 * 1024 * 1024;
const DEADLINE_MS = 60_000;

/** @throws TransportError, Error with what could not be read */
export async function observe(host: RemoteHost, wish: ObservationWish, signal: AbortSignal): Promise<Observation> {
  const nonce = `omniplace-${randomBytes(8).toString('hex')}`;
  const { lease, dumpDir, stamp, step, windows, epoch } = wish;
  const call = ['look', lease, dumpDir, stamp ?? '', String(step), String(windows), String(epoch ?? -1)];
  const script = [`nonce=${nonce}`, template, quote(call)].join('\n');
  const { ended, code, stdout, stderr } = await host.run(script, {
    signal,
    keepBytes: KEEP_BYTES,
    deadlineMs: DEADLINE_MS,
  });
  if (ended !== 'exit') throw new Error(`${host.address} did not answer: ${ended}`);
  if (code !== 0) throw new Error(`${host.address}: ${stderr.trim().split('\n').at(-1) || `exit code ${code}`}`);
  return parseObservation(stdout, nonce);
}

/** Writes the request whole and wakes the engine. @throws TransportError, Error with the host's words */
export async function askToSwap(
  host: RemoteHost,
  where: { readonly folder: string; readonly container: string; readonly pid: number; readonly ranks: number },
  request: SwapRequest,
  signal: AbortSignal,
): Promise<void> {
  const script = [template, quote(['ask', `${where.folder}/live-map`, where.container, String(where.pid)])].join('\n');
  const stdin = Buffer.from(swapRequestText(request, where.ranks));
  const { ended, code, stderr } = await host.run(script, { stdin, signal, deadlineMs: DEADLINE_MS });
  if (ended !== 'exit') throw new Error(`${host.address} did not take the request: ${ended}`);
  if (code !== 0) throw new Error(`${host.address}: ${stderr.trim().split('\n').at(-1) || `exit code ${code}`}`);
}

export function parseObservation(stdout: string, nonce: string): Observation {
  const parts = new Map<string, Buffer>();
  const said = new Map<string, string>();
  for (const piece of stdout.split(`${nonce} `).slice(1)) {
    const end = piece.indexOf('\n');
    const [head, body] = [piece.slice(0, end), piece.slice(end + 1)];
    const [word = '', value = ''] = head.split(' ');
    if (word === 'stamp' || word === 'age' || word === 'pace') said.set(word, value);
    else parts.set(head, Buffer.from(body, 'base64'));
  }
  const text = (name: string) => parts.get(name)?.toString('utf8') ?? null;
  const engine = readable('live-map/engine.json', text('engine'), parseLiveEngine);
  const numbered = (word: string) => [...parts.keys()].filter((name) => name.startsWith(`${word} `));
  return {
    stamp: said.get('stamp') ?? null,
    ageSeconds: said.has('age') ? Math.max(0, Number(said.get('age'))) : null,
    windowSeconds: paceOf(said.get('pace')),
    windows: numbered('window').map((name) => ({ step: Number(name.slice(7)), content: parts.get(name)! })),
    maps:
      engine === null
        ? []
        : numbered('map').flatMap((name) => {
            const npy = parts.get(`npy ${name.slice(4)}`);
            if (npy === undefined) return [];
            const file = `live-map/maps/${name.slice(4)}`;
            return readable(file, text(name), (about) => parseLiveMap(about, npy, engine)) ?? [];
          }),
    engine,
    answer: readable('live-map/answer.json', text('answer'), parseSwapAnswer),
    lease: parseLease(text('lease')),
  };
}

/** `300/5`: seconds and windows. */
function paceOf(text: string | undefined): number | null {
  const [seconds, windows] = (text ?? '').split('/').map(Number);
  return windows === undefined || !(windows > 0) ? null : Math.max(1, seconds! / windows);
}

function readable<T>(file: string, text: string | null, parse: (text: string) => T): T | null {
  if (text === null) return null;
  try {
    return parse(text);
  } catch (cause) {
    throw new Error(`${file}: ${(cause as Error).message}`, { cause });
  }
}
