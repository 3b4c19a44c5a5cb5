import { probeServers } from '../../facts/servers/probeServers.ts';
import { askPair } from '../../facts/transfers/askPair.ts';
import { proveTransfers } from '../../facts/transfers/proveTransfers.ts';
import { transferAsker } from '../../facts/transfers/transferAsker.ts';
import { deniedWords, readKey } from '../../runner/apiKeyAnswer.ts';
import type { ReadApiKey } from '../../runner/context.ts';
import { answerWords } from '../../transport/completion.ts';
import { firstToken } from '../../transport/firstToken.ts';
import type { OpenHost } from '../../transport/host.ts';
import { HttpError } from '../../transport/http.ts';
import { isDenied } from '../../transport/isDenied.ts';
import type { StatusProbes } from './askServers.ts';

// connecting and a health page fit into the 5 s that facts may take
const HEALTH_TIMEOUT_MS = 3_000;
const HEALTH_UNTIL_MS = 4_000;
/** Of one server of a pair. */
const PAIR_TIMEOUT_MS = 10_000;

export interface ProbeSettings {
  readonly signal: AbortSignal;
  /** Aborted: no token can come. */
  readonly tokenSignal: AbortSignal;
  /** How long a token may take. */
  readonly tokenMs: number;
  readonly apiKey: ReadApiKey;
}

/** Asks the real servers, through the SSH connections the facts came by. All questions count from this call. */
export function liveProbes(open: OpenHost, { signal, tokenSignal, tokenMs, apiKey }: ProbeSettings): StatusProbes {
  const untilMs = performance.now() + HEALTH_UNTIL_MS;
  const within = (timeoutMs: number): number =>
    Math.max(100, Math.round(Math.min(timeoutMs, untilMs - performance.now()) / 100) * 100);
  const key = () => readKey(apiKey);
  const limits = async (timeoutMs: number) => ({ timeoutMs, signal: tokenSignal, apiKey: (await key()).value });
  return {
    servers: async (address, questions, names) => {
      try {
        const host = await open(address, signal);
        return await probeServers(host, questions, names, { timeoutMs: within(HEALTH_TIMEOUT_MS), signal });
      } catch (error) {
        const failed = { problem: words(error), isLate: isLate(error), metrics: null, metricsStatus: null };
        return questions.map(() => failed);
      }
    },
    completion: async (address, wanted) => {
      try {
        const host = await open(address, tokenSignal);
        const answer = await firstToken(host, wanted, await limits(tokenMs));
        const { text, tookMs, status } = answer;
        if (text) return { text, tookMs };
        if (isDenied(status)) return { denied: deniedWords(wanted.called, status, await key()), tookMs };
        return { problem: answerWords(wanted.called, answer) };
      } catch (error) {
        return { problem: words(error), ...(isLate(error) && { isLate: true }) };
      }
    },
    pair: async (pair, wanted) => (await askPair(pair, wanted, open, () => limits(PAIR_TIMEOUT_MS))).status,
    transfers: (wanted) =>
      proveTransfers(
        wanted,
        transferAsker(wanted, open, () => limits(PAIR_TIMEOUT_MS)),
      ),
  };
}

/** Each host once: waiting for one that does not answer is done once. */
export function openOnce(open: OpenHost): OpenHost {
  const opened = new Map<string, ReturnType<OpenHost>>();
  return (address, signal) => {
    const opening = opened.get(address) ?? open(address, signal);
    opened.set(address, opening);
    return opening;
  };
}

function isLate(error: unknown): boolean {
  return error instanceof HttpError && error.code === 'timeout';
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
