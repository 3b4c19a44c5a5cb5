import { setTimeout as pause } from 'node:timers/promises';
import type { PairServer } from '../../engines/pairs.ts';
import type { TransferRequest } from '../../engines/transferRequest.ts';
import {
  ALL_TOKENS,
  answerWords,
  type CompletionLimits,
  complete,
  hasToken,
  promptTokensIn,
} from '../../transport/completion.ts';
import type { OpenHost } from '../../transport/host.ts';
import { probeServers } from '../servers/probeServers.ts';
import { PROCESS_START } from '../servers/processStart.ts';
import { askPair } from './askPair.ts';
import { FRESH_PROMPT_WORDS } from './freshPrompt.ts';
import type { SentPrompt, TransferAsker } from './proveTransfers.ts';
import { type TransferCounts, transferCountsIn } from './transferCounts.ts';

const METRICS_TIMEOUT_MS = 3_000;

/** Asks the real servers. @param limits of each request for a token */
export function transferAsker(
  request: TransferRequest,
  open: OpenHost,
  limits: () => Promise<CompletionLimits>,
): TransferAsker {
  const wish = (prompt: string) => ({ model: request.model, prompt, maxTokens: 1 });
  return {
    counts: async (servers) => {
      const { signal } = await limits();
      const hosts = [...new Set(servers.map(({ host }) => host))];
      const on = (address: string) => servers.filter(({ host }) => host === address);
      const asked = hosts.map((host) => countsOn(host, on(host), request, open, signal));
      const counted = (await Promise.all(asked)).flat();
      const unknown = counted.find(({ counts }) => typeof counts === 'string');
      if (typeof unknown?.counts === 'string') return unknown.counts;
      return servers.flatMap((server) => {
        const counts = counted.find((each) => each.server === server)?.counts;
        return counts === undefined || typeof counts === 'string' ? [] : counts;
      });
    },
    pair: async (pair, prompt) => {
      const { status, promptTokens, isWithoutCache } = await askPair(pair, wish(prompt), open, limits);
      return status.problem === null
        ? { tokens: promptTokens ?? FRESH_PROMPT_WORDS }
        : { problem: status.problem, isWithoutCache };
    },
    entrance: async ({ host: address, port, called }, prompt): Promise<SentPrompt> => {
      try {
        const given = await limits();
        const host = await open(address, given.signal);
        const answer = await complete(host, { ...wish(prompt), port }, given, { body: ALL_TOKENS });
        if (!hasToken(answer)) return { problem: answerWords(called, answer) };
        return { tokens: promptTokensIn(answer.body) ?? FRESH_PROMPT_WORDS };
      } catch (error) {
        return { problem: (error as Error).message };
      }
    },
    wait: async (ms) => {
      const { signal } = await limits();
      await pause(ms, undefined, { signal, ref: false }).catch(() => {});
    },
  };
}

/** Of each server of a host; in words why they can't be had. */
async function countsOn(
  address: string,
  servers: readonly PairServer[],
  { metrics, counters }: TransferRequest,
  open: OpenHost,
  signal: AbortSignal,
): Promise<readonly { readonly server: PairServer; readonly counts: TransferCounts | string }[]> {
  const { hits, queries, failed } = counters;
  try {
    const host = await open(address, signal);
    const questions = servers.map(({ port }) => ({ port, path: null, metrics }));
    const limits = { timeoutMs: METRICS_TIMEOUT_MS, signal };
    const answers = await probeServers(host, questions, [hits, queries, ...failed, PROCESS_START], limits);
    return answers.map(({ metrics: text, metricsStatus }, i) => {
      const server = servers[i]!;
      const counted = text === null ? null : transferCountsIn(text, counters);
      const missing = text === null ? `answers ${metricsStatus} at ${metrics}` : `exports no ${hits}`;
      return {
        server,
        counts: counted ?? `${server.node} ${metricsStatus === null ? `gives no ${metrics}` : missing}`,
      };
    });
  } catch (error) {
    return servers.map((server) => ({ server, counts: (error as Error).message }));
  }
}
