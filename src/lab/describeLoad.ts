import { loadTransferLine } from '../operations/cluster/watchTransfer.ts';
import { LabError } from './labError.ts';
import type { Drift, LoadCounts, LoadOptions, LoadResult } from './load.ts';
import type { TransferredLoad } from './loadWithTransfer.ts';
import type { Say } from './say.ts';
import { requireState } from './state.ts';

const PROGRESS_EVERY_MS = 2000;
const PROXY_PORT = 7000; // of the lab's inventories

/** The flags of `lab load`, as they were parsed. */
interface LoadFlags {
  readonly name: string;
  readonly requests: number;
  readonly concurrency: number;
  readonly seed: number;
  readonly skew: string | undefined;
  readonly drift: string | undefined;
  readonly url: string | undefined;
}

/** What `lab load` sends. */
export function loadOptions(flags: LoadFlags, say: Say): Omit<LoadOptions, 'signal' | 'apiKey'> {
  const { requests, concurrency, seed } = flags;
  return {
    url: proxyUrl(flags.url, flags.name),
    requests,
    concurrency,
    seed,
    skew: readSkew(flags.skew),
    drift: readDrift(flags.drift),
    onProgress: progressOf(requests, say),
  };
}

/** The proxy of the lab's own inventories stands on its first host. */
export function proxyUrl(given: string | undefined, lab: string): string {
  if (given === undefined) return `http://${requireState(lab).hosts[0]!.address}:${PROXY_PORT}`;
  if (URL.canParse(given) && new URL(given).protocol === 'http:') return given;
  throw new LabError('lab_usage', `'${given}' is no http address`, 'write it like http://198.51.100.11:7000');
}

/** A zipf exponent; null: none given. */
export function readSkew(given: string | undefined): number | null {
  if (given === undefined) return null;
  const skew = Number(given);
  if (given.trim() !== '' && skew >= 0 && skew <= 10) return skew;
  throw new LabError('lab_usage', `'${given}' is no skew`, 'give a number from 0 (even) to 10');
}

/** `400`: requests; `20s`: seconds; null: none given. */
export function readDrift(given: string | undefined): Drift | null {
  if (given === undefined) return null;
  const [, digits, seconds] = /^(\d+(?:\.\d+)?)(s?)$/.exec(given) ?? [];
  const every = Number(digits);
  if (every > 0) return { every, unit: seconds === 's' ? 'seconds' : 'requests' };
  throw new LabError('lab_usage', `'${given}' is no drift`, 'give a number of requests (400) or of seconds (20s)');
}

/** Says how far a load has come, every two seconds. */
function progressOf(requests: number, say: Say): (counts: LoadCounts) => void {
  let said = Date.now();
  return ({ ok, failed }) => {
    if (Date.now() - said < PROGRESS_EVERY_MS) return;
    said = Date.now();
    say(`${ok + failed} of ${requests} answered${failed > 0 ? `, ${failed} failed` : ''}`);
  };
}

export function describeLoad(result: LoadResult & Partial<TransferredLoad>): string {
  const { sent, ok, failed, latencyMs, tookMs, promptTokens, completionTokens, failures } = result;
  const lines = [
    `sent ${sent}, ok ${ok}, failed ${failed} in ${(tookMs / 1000).toFixed(1)} s`,
    `${promptTokens} prompt tokens, ${completionTokens} tokens in answers`,
  ];
  if (latencyMs) {
    const { mean, p50, p90, p99, max } = latencyMs;
    lines.push(`latency ms: mean ${mean}, p50 ${p50}, p90 ${p90}, p99 ${p99}, max ${max}`);
  }
  const transfer = loadTransferLine(result.kvTransfer ?? null);
  if (transfer !== null) lines.push(transfer);
  for (const [reason, times] of Object.entries(failures)) lines.push(`failed ${times} times: ${reason}`);
  return lines.join('\n');
}
