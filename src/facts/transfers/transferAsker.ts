import { setTimeout as pause } from 'node:timers/promises';
import type { PairServer } from '../../engines/pairs.ts';
import type { TransferRequest } from '../../engines/transferRequest.ts';
import { answerWords, type CompletionLimits, complete } from '../../transport/completion.ts';
import type { OpenHost } from '../../transport/host.ts';
import { HttpError } from '../../transport/http.ts';
import { DENIED, probeServers } from '../servers/probeServers.ts';
import { askPair, promptTokensIn } from './askPair.ts';
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
      const counted = await Promise.all(
        hosts.map((host) =>
          countsOn(
            host,
            servers.filter((server) => server.host === host),
            request,
            open,
            signal,
          ),
        ),
      );
      const unknown = counted.find((each) => typeof each === 'string');
      return unknown ?? sumOf(counted.flatMap((each) => (typeof each === 'string' ? [] : each)));
    },
    pair: async (pair, prompt) => {
      const { status, promptTokens, isUnsure } = await askPair(pair, wish(prompt), open, limits);
      return status.problem === null
        ? { tokens: promptTokens ?? FRESH_PROMPT_WORDS }
        : { problem: status.problem, isUnsure };
    },
    entrance: async ({ host: address, port, called }, prompt): Promise<SentPrompt> => {
      try {
        const given = await limits();
        const host = await open(address, given.signal);
        const answer = await complete(host, { ...wish(prompt), port }, given);
        if (!answer.text) return { problem: answerWords(called, answer), isUnsure: DENIED.includes(answer.status) };
        return { tokens: promptTokensIn(answer.body) ?? FRESH_PROMPT_WORDS };
      } catch (error) {
        return { problem: (error as Error).message, isUnsure: error instanceof HttpError && error.code === 'timeout' };
      }
    },
    wait: async (ms) => {
      const { signal } = await limits();
      await pause(ms, undefined, { signal, ref: false }).catch(() => {});
    },
  };
}

async function countsOn(
  address: string,
  servers: readonly PairServer[],
  { metrics, counters }: TransferRequest,
  open: OpenHost,
  signal: AbortSignal,
): Promise<readonly TransferCounts[] | string> {
  const { hits, queries, failed } = counters;
  try {
    const host = await open(address, signal);
    const questions = servers.map(({ port }) => ({ port, path: null, metrics }));
    const limits = { timeoutMs: METRICS_TIMEOUT_MS, signal };
    const answers = await probeServers(host, questions, [hits, queries, ...failed], limits);
    const counted = answers.map(({ metrics: text, metricsStatus }, i) => {
      const { node } = servers[i]!;
      if (metricsStatus === null) return `${node} gives no ${metrics}`;
      if (text === null) return `${node} answers ${metricsStatus} at ${metrics}`;
      return transferCountsIn(text, counters) ?? `${node} exports no ${hits}`;
    });
    return (
      counted.find((each) => typeof each === 'string') ??
      counted.flatMap((each) => (typeof each === 'string' ? [] : each))
    );
  } catch (error) {
    return (error as Error).message;
  }
}

function sumOf(counts: readonly TransferCounts[]): TransferCounts {
  const sum = (of: keyof TransferCounts) => counts.reduce((all, each) => all + each[of], 0);
  return { hits: sum('hits'), queries: sum('queries'), failed: sum('failed') };
}
