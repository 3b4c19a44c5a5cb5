import { checkPortIsFree } from '../shared/http.ts';
import { simulateLoad } from '../shared/load.ts';
import { logError, logInfo } from '../shared/log.ts';
import { Scheduler } from '../shared/scheduler.ts';
import type { Engine } from './api/engine.ts';
import { type KvStore, openKvStore } from './api/kvStore.ts';
import { serveApi } from './api/server.ts';
import { engineRules } from './dialects/rules.ts';
import { writeDump } from './experts/dump.ts';
import { loadExperts } from './experts/loadExperts.ts';
import { meetGroup } from './group/meet.ts';
import { readLabEnv } from './labEnv.ts';
import { parseServeArguments } from './rank/arguments.ts';
import { checkCann } from './rank/cann.ts';
import { loadExtraConfig } from './rank/extraConfig.ts';
import { instanceTables } from './rank/instanceTables.ts';
import { checkKvPairs } from './rank/kvPairs.ts';
import { checkLimits } from './rank/limits.ts';
import { loadModel } from './rank/model.ts';
import { type Rank, rankOf } from './rank/rank.ts';
import type { RankTables } from './rank/rankTable.ts';
import { Turnstile } from './turnstile.ts';
import { newHistory } from './windows/history.ts';
import { startWindows } from './windows/windows.ts';

const DEFAULT_ZMQ_PORT = 5568;
const NO_COUNTS = new Float64Array(0);

/** `vllm serve`: refuses what the real one refuses, meets its instance's other ranks, loads, then answers. */
export async function serve(argv: readonly string[]): Promise<void> {
  const { env } = process;
  const rules = engineRules(env.LAB_DIALECT);
  checkCann(env);
  const lab = readLabEnv(env);
  const args = parseServeArguments(argv);
  logInfo(`vLLM API server, args: ${argv.join(' ')}`);
  await checkPortIsFree(args.host, args.port);
  const model = loadModel(args.model);
  const maxModelLen = checkLimits(args, model);
  const rank = rankOf(args, env);
  const extra = loadExtraConfig(rules.extraConfig, env, rank.kvRole === 'kv_consumer' ? 'decode' : 'prefill');
  const tables = rank.kvRole === null ? null : await instanceTables(rank, env, rules, lab.connectTimeoutMs, die);
  if (tables !== null && rules.pairsByKvParallelSize && !model.isMla) checkKvPairs(rank, tables, env);

  let experts: ReturnType<typeof loadExperts> = null;
  const turnstile = new Turnstile();
  const group = await meetGroup(rank, {
    timeoutMs: lab.connectTimeoutMs,
    counts: () => experts?.activation.counts ?? NO_COUNTS,
    hold: () => turnstile.hold(),
    take: (changes) => experts?.activation.take(changes),
    release: () => turnstile.release(),
    onWindow: (step, tokens) => {
      if (experts?.dumpFolder) writeDump(experts.dumpFolder, step, tokens, experts.slots);
    },
    onLost: die,
  });
  await group.barrier('init');
  experts = loadExperts({ args, extra, lab, rules }, model, rank);
  const kvStore = await keepCaches(rank, tables, env);
  await simulateLoad(lab.loadMs);
  await group.barrier('loaded');

  const engine: Engine = {
    servedModelName: args.servedModelName,
    maxModelLen,
    rank,
    tables,
    kvStore,
    slots: experts?.slots ?? null,
    activation: experts?.activation ?? null,
    group,
    turnstile,
    windows: newHistory(),
    scheduler: new Scheduler(args.maxNumSeqs),
    skew: lab.skew,
    tokenMs: lab.tokenMs,
    startedS: Math.floor(Date.now() / 1000),
    counters: {
      promptTokens: 0,
      generationTokens: 0,
      finished: { length: 0, stop: 0 },
      firstToken: { sum: 0, count: 0 },
      outputToken: { sum: 0, count: 0 },
    },
  };
  if (experts) await startWindows(group, experts, engine.windows, lab.windowMs);
  await serveApi(engine, args.host, args.port);
  logInfo(`Started server process [${process.pid}] on http://${args.host}:${args.port}`);
  logInfo('Application startup complete.');
  endOnSignal();
}

/** Only an instance that runs prompts has caches to give. */
function keepCaches(rank: Rank, tables: RankTables | null, env: NodeJS.ProcessEnv): Promise<KvStore> | null {
  if (tables === null || rank.kvRole === 'kv_consumer') return null;
  return openKvStore(rank, tables, Number(env.VLLM_LLMDATADIST_ZMQ_PORT || DEFAULT_ZMQ_PORT));
}

function die(reason: string): void {
  logError(`EngineDeadError: ${reason}`);
  process.exit(1);
}

function endOnSignal(): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      logInfo('Shutting down');
      process.exit(0);
    });
  }
}
