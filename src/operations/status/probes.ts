import { answerWords, complete } from '../../transport/completion.ts';
import type { OpenHost } from '../../transport/host.ts';
import { request } from '../../transport/http.ts';
import type { StatusProbes } from './status.ts';

const HEALTH_TIMEOUT_MS = 2_000;
const TOKEN_TIMEOUT_MS = 2_500;
// connecting and one of these fit into the 5 s that somebody waits for a status
const ALL_MS = 3_500;

/** Asks the real servers, through the SSH connections the facts came by. All questions count from this call. */
export function liveProbes(open: OpenHost, signal: AbortSignal): StatusProbes {
  const untilMs = performance.now() + ALL_MS;
  const within = (timeoutMs: number): number =>
    Math.round(Math.min(timeoutMs, untilMs - performance.now()) / 100) * 100;
  return {
    health: async (address, port, path) => {
      try {
        const host = await open(address, signal);
        const { status } = await request(host, { port, path, timeoutMs: within(HEALTH_TIMEOUT_MS), signal });
        return status === 200 ? null : `${path} answers ${status}`;
      } catch (error) {
        return words(error);
      }
    },
    completion: async (address, wanted) => {
      try {
        const host = await open(address, signal);
        const answer = await complete(host, wanted, {
          timeoutMs: within(TOKEN_TIMEOUT_MS),
          signal,
        });
        const { text, tookMs } = answer;
        return text ? { text, tookMs } : { problem: answerWords(wanted.called, answer) };
      } catch (error) {
        return { problem: words(error) };
      }
    },
  };
}

/** Each host once: who waits for one that does not answer must not wait for it again. */
export function openOnce(open: OpenHost): OpenHost {
  const opened = new Map<string, ReturnType<OpenHost>>();
  return (address, signal) => {
    const opening = opened.get(address) ?? open(address, signal);
    opened.set(address, opening);
    return opening;
  };
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
