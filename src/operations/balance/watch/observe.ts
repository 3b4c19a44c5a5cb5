import { randomBytes } from 'node:crypto';
import template from '../../../../templates/watch.sh';
import type { RecordedLoads } from '../../../engines/expertControl.ts';
import type { LiveState, LiveSwap, SwapRequest } from '../../../engines/liveSwap.ts';
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
  readonly recorded: Pick<RecordedLoads, 'functions'>;
  readonly live: LiveSwap | undefined;
}

/** One look at where an instance writes its windows. */
export interface Observation extends LiveState {
  /** newest start of the engine; null: it never dumped */
  readonly stamp: string | null;
  /** of the newest window, by the host's clock; of the start where there is none yet */
  readonly ageSeconds: number | null;
  /** from one window to the next, of late; null: there are not two */
  readonly windowSeconds: number | null;
  /** in order; those not known yet */
  readonly windows: readonly { readonly step: number; readonly content: Uint8Array }[];
  /** who may change the cluster now */
  readonly lease: Lease | null;
}

/** Bytes of an answer: a hundred windows of the largest model. */
const KEEP_BYTES = 64 * 1024 * 1024;
const DEADLINE_MS = 60_000;

/** @throws TransportError, Error with what could not be read */
export async function observe(host: RemoteHost, wish: ObservationWish, signal: AbortSignal): Promise<Observation> {
  const nonce = `omniplace-${randomBytes(8).toString('hex')}`;
  const { lease, dumpDir, stamp, step, windows, epoch, recorded, live } = wish;
  const known = [stamp ?? '', String(step), String(windows), String(epoch ?? -1)];
  const call = ['look', lease, dumpDir, ...known, live === undefined ? '' : 'live'];
  const functions = [template, recorded.functions, live?.functions ?? ''];
  const script = [`nonce=${nonce}`, ...functions, quote(call)].join('\n');
  const { ended, code, stdout, stderr } = await host.run(script, {
    signal,
    keepBytes: KEEP_BYTES,
    deadlineMs: DEADLINE_MS,
  });
  if (ended !== 'exit') throw new Error(`${host.address} did not answer: ${ended}`);
  if (code !== 0) throw new Error(`${host.address}: ${stderr.trim().split('\n').at(-1) || `exit code ${code}`}`);
  return parseObservation(stdout, nonce, live);
}

/** Writes the request whole and wakes the engine. @throws TransportError, Error with the host's words */
export async function askToSwap(
  host: RemoteHost,
  where: {
    readonly folder: string;
    readonly container: string;
    readonly pid: number;
    readonly ranks: number;
    readonly live: LiveSwap;
  },
  request: SwapRequest,
  signal: AbortSignal,
): Promise<void> {
  const { folder, container, pid, ranks, live } = where;
  const script = [template, live.functions, quote(['ask', folder, container, String(pid)])].join('\n');
  const stdin = Buffer.from(live.requestText(request, ranks));
  const { ended, code, stderr } = await host.run(script, { stdin, signal, deadlineMs: DEADLINE_MS });
  if (ended !== 'exit') throw new Error(`${host.address} did not take the request: ${ended}`);
  if (code !== 0) throw new Error(`${host.address}: ${stderr.trim().split('\n').at(-1) || `exit code ${code}`}`);
}

export function parseObservation(stdout: string, nonce: string, live: Pick<LiveSwap, 'read'> | undefined): Observation {
  const parts = new Map<string, Buffer>();
  const said = new Map<string, string>();
  for (const piece of stdout.split(`${nonce} `).slice(1)) {
    const end = piece.indexOf('\n');
    const [head, body] = [piece.slice(0, end), piece.slice(end + 1)];
    const [word = '', value = ''] = head.split(' ');
    if (word === 'stamp' || word === 'age' || word === 'pace') said.set(word, value);
    else parts.set(head, Buffer.from(body, 'base64'));
  }
  const windows = [...parts.keys()].filter((name) => name.startsWith('window '));
  return {
    stamp: said.get('stamp') ?? null,
    ageSeconds: said.has('age') ? Math.max(0, Number(said.get('age'))) : null,
    windowSeconds: paceOf(said.get('pace')),
    windows: windows.map((name) => ({ step: Number(name.slice(7)), content: parts.get(name)! })),
    ...(live?.read(parts) ?? NOT_LIVE),
    lease: parseLease(parts.get('lease')?.toString('utf8') ?? null),
  };
}

const NOT_LIVE: LiveState = { engine: null, maps: [], answer: null };

/** `300/5`: seconds and windows. */
function paceOf(text: string | undefined): number | null {
  const [seconds, windows] = (text ?? '').split('/').map(Number);
  return windows === undefined || !(windows > 0) ? null : Math.max(1, seconds! / windows);
}
