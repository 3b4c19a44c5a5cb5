import { Agent, type IncomingMessage, request } from 'node:http';
import { parseJson } from '../files/parseJson.ts';
import { isDenied } from '../transport/isDenied.ts';
import { random } from './engines/omni/random.ts';
import { LoadAnswerShape } from './lab.gen.ts';

export interface LoadOptions {
  /** Of the proxy, e.g. http://198.51.100.11:7000 */
  readonly url: string;
  readonly requests: number;
  readonly concurrency: number;
  /** Of the prompts: the same seed asks the same questions. */
  readonly seed: number;
  /** Of the experts' popularity; null: the engine's own. */
  readonly skew: number | null;
  /** How soon other experts are the hot ones; null: never. */
  readonly drift: Drift | null;
  /** Called after each answer. */
  readonly onProgress: (sent: LoadCounts) => void;
  readonly signal: AbortSignal;
  /** Of the servers; null, or absent: requests carry none. */
  readonly apiKey?: { reveal(): string } | null;
}

/** By requests, the same seed asks the same of the experts; by seconds it depends on how fast they are answered. */
export interface Drift {
  readonly every: number;
  readonly unit: 'requests' | 'seconds';
}

export interface LoadCounts {
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
}

export interface LoadResult extends LoadCounts {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Of the requests answered well; null: none was. */
  readonly latencyMs: Latency | null;
  readonly tookMs: number;
  /** How often each failure was met. */
  readonly failures: Readonly<Record<string, number>>;
}

export interface Latency {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

const REQUEST_TIMEOUT_MS = 60_000;
const WORDS = 'why does the sky turn red at dusk and who wrote about rivers stones maps light trains music bread'.split(
  ' ',
);

/** Sends seeded completions through a proxy, at most `concurrency` at once. An abort lets the running ones end and counts them. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.concurrency });
  const nextPrompt = prompts(options.seed);
  const latencies: number[] = [];
  const failures: Record<string, number> = {};
  const counts = { sent: 0, ok: 0, failed: 0, promptTokens: 0, completionTokens: 0 };
  const started = performance.now();

  const worker = async () => {
    while (counts.sent < options.requests && !options.signal.aborted) {
      const asked = performance.now();
      const body = JSON.stringify({ ...nextPrompt(), ...forGate(options, counts.sent++, asked - started) });
      const answer = await ask(options, body, agent);
      if ('failure' in answer) {
        counts.failed++;
        failures[answer.failure] = (failures[answer.failure] ?? 0) + 1;
      } else {
        counts.ok++;
        counts.promptTokens += answer.promptTokens;
        counts.completionTokens += answer.completionTokens;
        latencies.push(performance.now() - asked);
      }
      options.onProgress(counts);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.concurrency, options.requests) }, worker));
  agent.destroy();
  return { ...counts, latencyMs: latency(latencies), tookMs: Math.round(performance.now() - started), failures };
}

/** The same prompts for the same seed, one after the other. */
function prompts(seed: number): () => { readonly prompt: string; readonly max_tokens: number } {
  const next = random(seed);
  return () => {
    const words = Array.from({ length: 8 + Math.floor(next() * 56) }, () => WORDS[Math.floor(next() * WORDS.length)]);
    return { prompt: words.join(' '), max_tokens: 8 + Math.floor(next() * 24) };
  };
}

/** What the gate is told travels the way vLLM lets extensions add parameters to a request. */
function forGate({ skew, drift }: LoadOptions, request: number, elapsedMs: number) {
  if (skew === null && drift === null) return {};
  const lab_drift = drift && (drift.unit === 'requests' ? request : elapsedMs / 1000) / drift.every;
  return { vllm_xargs: { ...(skew !== null && { lab_skew: skew }), ...(lab_drift !== null && { lab_drift }) } };
}

type Answered = { readonly promptTokens: number; readonly completionTokens: number } | { readonly failure: string };

function ask({ url, apiKey }: LoadOptions, body: string, agent: Agent): Promise<Answered> {
  return new Promise((resolve) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...(apiKey && { authorization: `Bearer ${apiKey.reveal()}` }),
    };
    const outgoing = request(new URL('/v1/completions', url), { method: 'POST', headers, agent }, (response) => {
      readAnswer(response).then(resolve, (cause: Error) => resolve({ failure: cause.message }));
    });
    outgoing.setTimeout(REQUEST_TIMEOUT_MS, () =>
      outgoing.destroy(new Error(`no answer within ${REQUEST_TIMEOUT_MS / 1000} s`)),
    );
    outgoing.on('error', (cause) => resolve({ failure: cause.message }));
    outgoing.end(body);
  });
}

async function readAnswer(response: IncomingMessage): Promise<Answered> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) text += chunk;
  if (isDenied(response.statusCode)) return { failure: deniedWords(response.statusCode!) };
  if (response.statusCode !== 200) return { failure: `HTTP ${response.statusCode}` };
  const { usage } = parseJson(text, LoadAnswerShape);
  return { promptTokens: usage.prompt_tokens, completionTokens: usage.completion_tokens };
}

function deniedWords(status: number): string {
  return `HTTP ${status}: the servers need an API key, or another one (--api-key)`;
}

function latency(measured: readonly number[]): Latency | null {
  if (measured.length === 0) return null;
  const sorted = [...measured].sort((a, b) => a - b);
  const quantile = (q: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!);
  const mean = round(sorted.reduce((sum, one) => sum + one, 0) / sorted.length);
  return { mean, p50: quantile(0.5), p90: quantile(0.9), p99: quantile(0.99), max: round(sorted.at(-1)!) };
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
