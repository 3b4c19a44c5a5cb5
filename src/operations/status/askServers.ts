import { setTimeout as pause } from 'node:timers/promises';
import { entrances } from '../../engines/entrances.ts';
import { metricLineNames } from '../../engines/metricNames.ts';
import { type Pair, pairsOf } from '../../engines/pairs.ts';
import { httpProbes } from '../../engines/readiness.ts';
import { type TransferRequest, transferRequest } from '../../engines/transferRequest.ts';
import { parseMetrics } from '../../facts/servers/parseMetrics.ts';
import type { ServerAnswer, ServerQuestion } from '../../facts/servers/probeServers.ts';
import { PROCESS_START } from '../../facts/servers/processStart.ts';
import type { TransferFindings } from '../../facts/transfers/proveTransfers.ts';
import type { CompletionRequest } from '../../plan/step.ts';
import type { ClusterView } from '../cluster/clusterView.ts';
import type { Answers, PairStatus, Token, TokenAnswer } from './types.ts';

/** What status may ask of hosts beyond the facts. */
export interface StatusProbes {
  /** An answer for each question. @param names of metrics */
  readonly servers: (
    host: string,
    questions: readonly ServerQuestion[],
    names: readonly string[],
  ) => Promise<readonly ServerAnswer[]>;
  readonly completion: (host: string, request: CompletionRequest) => Promise<Token>;
  readonly pair: (pair: Pair, request: Omit<CompletionRequest, 'port' | 'called'>) => Promise<PairStatus>;
  readonly transfers: (request: TransferRequest) => Promise<TransferFindings>;
}

/** Without a token for so long, pairs are asked meanwhile. */
const PAIRS_AFTER_MS = 5_000;

/** Asks every server there should be, each host once; what to ask is known without facts, so it need not wait for them. */
export async function askHealth(
  clusterView: ClusterView,
  probes: StatusProbes,
): Promise<Required<Pick<Answers, 'health' | 'late' | 'metrics'>>> {
  const names = clusterView.engine.metrics;
  const lineNames = names === undefined ? [] : [...metricLineNames(names), PROCESS_START];
  const asked = [...questionsByHost(clusterView)].map(async ([host, questions]) => {
    const answers = await probes.servers(host, questions, lineNames);
    return questions.map(({ port }, i) => [`${host}:${port}`, answers[i]!] as const);
  });
  const answers = (await Promise.all(asked)).flat();
  return {
    health: new Map(answers.map(([at, { problem }]) => [at, problem])),
    late: new Set(answers.flatMap(([at, { isLate }]) => (isLate ? [at] : []))),
    metrics: new Map(
      answers.flatMap(([at, { metrics }]) =>
        names === undefined || metrics === null ? [] : [[at, parseMetrics(metrics, names)] as const],
      ),
    ),
  };
}

/** A router has no metrics of an engine. */
function questionsByHost({ desired, topology, engine }: ClusterView): ReadonlyMap<string, readonly ServerQuestion[]> {
  const byHost = new Map<string, ServerQuestion[]>();
  for (const { name, role } of topology.nodes) {
    const readiness = desired.nodes[name]?.server.readiness ?? { http: [] };
    for (const { host, port, path } of httpProbes(readiness)) {
      const metrics = role === 'proxy' ? null : (engine.metrics?.path ?? null);
      byHost.set(host, [...(byHost.get(host) ?? []), { port, path, metrics }]);
    }
  }
  return byHost;
}

/** One token from each entrance, and whether KV caches are transferred; where none comes, one from each pair behind it. */
export async function askTokens(clusterView: ClusterView, probes: StatusProbes): Promise<TokenAnswer> {
  const wanted = { model: clusterView.deployment.servedModelName, prompt: 'Alice is ', maxTokens: 1 };
  const asked = Promise.all(
    entrances(clusterView).map(({ host, port, called }) => probes.completion(host, { port, called, ...wanted })),
  );
  const isMissing = await isMissingSoon(asked);
  const pairs = isMissing ? Promise.all(pairsOf(clusterView).map((pair) => probes.pair(pair, wanted))) : [];
  const tokens = await asked;
  const isWithout = tokens.some((token) => 'problem' in token);
  return {
    tokens,
    pairs: isWithout ? await pairs : [],
    transfers: await askTransfers(clusterView, probes, tokens),
  };
}

/** Null: nothing is transferred. */
async function askTransfers(
  clusterView: ClusterView,
  probes: StatusProbes,
  tokens: readonly Token[],
): Promise<TransferFindings | null> {
  const request = transferRequest(clusterView);
  if (request === null) return null;
  if ('unprovable' in request) return { state: 'not-provable', reason: request.unprovable, pairs: [] };
  const unasked = (reason: string): TransferFindings => ({ state: 'unclear', reason, pairs: [] });
  if (tokens.some((token) => 'problem' in token)) return unasked('no token came');
  if (tokens.some((token) => 'denied' in token)) return unasked('the API key is missing or refused');
  return probes.transfers(request);
}

async function isMissingSoon(asked: Promise<readonly Token[]>): Promise<boolean> {
  const over = new AbortController();
  const late = pause(PAIRS_AFTER_MS, true, { signal: over.signal, ref: false }).catch(() => false);
  const failed = asked.then((tokens) => tokens.some((token) => 'problem' in token));
  const isMissing = await Promise.race([late, failed]);
  over.abort();
  return isMissing;
}
