import { setTimeout as pause } from 'node:timers/promises';
import { entrances } from '../../engines/entrances.ts';
import { httpProbes } from '../../engines/readiness.ts';
import type { CompletionRequest } from '../../plan/step.ts';
import type { ClusterView } from '../cluster/clusterView.ts';
import { type Pair, pairsOf } from './pairs.ts';
import type { Answers, PairStatus, Token } from './types.ts';

/** What status may ask of hosts beyond the facts. */
export interface StatusProbes {
  readonly health: (host: string, port: number, path: string) => Promise<HealthAnswer>;
  readonly completion: (host: string, request: CompletionRequest) => Promise<Token>;
  readonly pair: (pair: Pair, request: Omit<CompletionRequest, 'port' | 'called'>) => Promise<PairStatus>;
}

/** Null: fine. */
export type HealthAnswer = { readonly problem: string; readonly isLate: boolean } | null;

/** Without a token for so long, pairs are asked meanwhile. */
const PAIRS_AFTER_MS = 5_000;

/** Asks every server there should be; what to ask is known without facts, so it need not wait for them. */
export async function askHealth(
  { desired }: ClusterView,
  probes: StatusProbes,
): Promise<Pick<Answers, 'health' | 'late'>> {
  const wanted = Object.values(desired.nodes).flatMap(({ server }) => httpProbes(server.readiness));
  const asked = wanted.map(
    async ({ host, port, path }) => [`${host}:${port}`, await probes.health(host, port, path)] as const,
  );
  const answers = await Promise.all(asked);
  return {
    health: new Map(answers.map(([at, answer]) => [at, answer?.problem ?? null])),
    late: new Set(answers.flatMap(([at, answer]) => (answer?.isLate ? [at] : []))),
  };
}

/** One token from each entrance; where none comes, one from each pair behind it. */
export async function askTokens(
  clusterView: ClusterView,
  probes: StatusProbes,
): Promise<Pick<Answers, 'tokens' | 'pairs'>> {
  const wanted = { model: clusterView.deployment.servedModelName, prompt: 'Alice is ', maxTokens: 1 };
  const asked = Promise.all(
    entrances(clusterView).map(({ host, port, called }) => probes.completion(host, { port, called, ...wanted })),
  );
  const isMissing = await isMissingSoon(asked);
  const pairs = isMissing ? Promise.all(pairsOf(clusterView).map((pair) => probes.pair(pair, wanted))) : [];
  const tokens = await asked;
  return { tokens, pairs: tokens.some((token) => 'problem' in token) ? await pairs : [] };
}

async function isMissingSoon(asked: Promise<readonly Token[]>): Promise<boolean> {
  const over = new AbortController();
  const late = pause(PAIRS_AFTER_MS, true, { signal: over.signal, ref: false }).catch(() => false);
  const failed = asked.then((tokens) => tokens.some((token) => 'problem' in token));
  const isMissing = await Promise.race([late, failed]);
  over.abort();
  return isMissing;
}
