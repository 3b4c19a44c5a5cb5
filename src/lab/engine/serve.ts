import type { Engine } from './api/engine.ts';
import { openKvStore } from './api/kvStore.ts';
import { Scheduler } from './api/scheduler.ts';
import { checkPortIsFree, serveApi } from './api/server.ts';
import { makeActivation } from './experts/activation.ts';
import { makeDumpFolder } from './experts/dump.ts';
import { makeGate } from './experts/gate.ts';
import { makeSelector } from './experts/selector.ts';
import { loadSlots, type Slots } from './experts/slots.ts';
import { meetGroup } from './group/meet.ts';
import { simulateLoad } from './load.ts';
import { logError, logInfo } from './log.ts';
import { parseServeArguments } from './rank/arguments.ts';
import { loadDevices, visibleDies } from './rank/devices.ts';
import { loadExtraConfig } from './rank/extraConfig.ts';
import { checkLimits } from './rank/limits.ts';
import { loadModel, type Model } from './rank/model.ts';
import { type PlacementConfig, placementFromAdditional, placementFromYaml } from './rank/placementConfig.ts';
import { type Rank, rankOf } from './rank/rank.ts';
import { loadRankTables, type RankTables } from './rank/rankTable.ts';
import { waitForDies, watchDies } from './ray/cluster.ts';
import { Refusal } from './refusal.ts';
import { startWindows } from './windows.ts';

const DEFAULT_ZMQ_PORT = 5568;

/** `vllm serve`: refuses what the real one refuses, meets its instance's other ranks, loads, then answers. */
export async function serve(argv: readonly string[]): Promise<void> {
  const { env } = process;
  const args = parseServeArguments(argv);
  logInfo(`vLLM API server, args: ${argv.join(' ')}`);
  await checkPortIsFree(args.host, args.port);
  const model = loadModel(args.model);
  const maxModelLen = checkLimits(args, model);
  const rank = rankOf(args, env);
  const extra = loadExtraConfig(env.MODEL_EXTRA_CFG_PATH);
  const tables = rank.kvRole === null ? null : await checkDevices(rank, env);

  let counts: Float64Array = new Float64Array(0);
  const group = await meetGroup(rank, {
    timeoutMs: 1000 * Number(env.LAB_CONNECT_TIMEOUT_S ?? env.HCCL_CONNECT_TIMEOUT ?? 1800),
    counts: () => counts,
    onLost: die,
  });
  await group.barrier('init');

  const placement = extra.placementConfigPath
    ? placementFromYaml(extra.placementConfigPath)
    : placementFromAdditional(args.additionalConfig, model.numMoeLayers);
  const shared = extra.redundancySharedExpertNum;
  const slots =
    model.numExperts === 0 ? null : loadSlots(placement, model.numMoeLayers, model.numExperts, rank.numRanks - shared);
  const activation = slots && routeExperts(slots, model, placement, rank, shared, env);
  if (activation) counts = activation.counts;
  const dumpFolder = placement?.dumpDir && rank.dpRank === 0 ? makeDumpFolder(placement.dumpDir, new Date()) : null;
  const kvStore =
    tables && rank.kvRole !== 'kv_consumer'
      ? await openKvStore(rank, tables, Number(env.VLLM_LLMDATADIST_ZMQ_PORT || DEFAULT_ZMQ_PORT))
      : null;

  await simulateLoad(Number(env.LAB_LOAD_MS ?? 600));
  await group.barrier('loaded');

  const engine: Engine = {
    servedModelName: args.servedModelName,
    maxModelLen,
    rank,
    tables,
    kvStore,
    slots,
    activation,
    group,
    scheduler: new Scheduler(args.maxNumSeqs),
    skew: Number(env.LAB_SKEW ?? 1),
    tokenMs: Number(env.LAB_TOKEN_MS ?? 2),
    startedS: Math.floor(Date.now() / 1000),
    counters: { promptTokens: 0, generationTokens: 0, finished: { length: 0, stop: 0 } },
  };
  if (dumpFolder !== null) await startWindows(engine, dumpFolder, 1000 * Number(env.LAB_WINDOW_S ?? 60));
  await serveApi(engine, args.host, args.port);
  logInfo(`Started server process [${process.pid}] on http://${args.host}:${args.port}`);
  logInfo('Application startup complete.');
  endOnSignal();
}

/** Dies, then rank tables; a prefill instance over several hosts first waits until ray has them all. */
async function checkDevices(rank: Rank, env: NodeJS.ProcessEnv): Promise<RankTables> {
  const devices = loadDevices(env);
  const visible = visibleDies(env, devices);
  if (rank.ranksHere > visible.length) {
    await waitForDies(rank.ranksHere, visible.length, env);
    watchDies(rank.ranksHere, env, die);
  }
  const dies = visible.slice(rank.firstDie, rank.firstDie + rank.ranksHere);
  if (rank.firstDie < 0 || dies.length === 0) {
    throw new Refusal(
      'RuntimeError',
      `Invalid device ID: rank ${rank.dpRank} with SERVER_OFFSET ${env.SERVER_OFFSET ?? 0} is device ${rank.firstDie} of ${visible.length}`,
    );
  }
  return loadRankTables(
    required(env, 'RANK_TABLE_FILE_PATH'),
    required(env, 'GLOBAL_RANK_TABLE_FILE_PATH'),
    rank,
    dies,
    devices,
  );
}

function routeExperts(
  slots: Slots,
  model: Model,
  placement: PlacementConfig | null,
  rank: Rank,
  sharedRanks: number,
  env: NodeJS.ProcessEnv,
) {
  const numLayers = Math.min(model.numMoeLayers, slots.numLayers);
  const gate = makeGate(Number(env.LAB_SEED ?? 1), numLayers, model.numExperts);
  const select = makeSelector(slots, placement?.enableRankRoundRobin ?? true, rank.hostSize);
  // ranks of redundant shared experts stand before the placement's rank 0
  const sources = Array.from({ length: rank.ranksHere }, (_, at) => rank.firstRank + at - sharedRanks);
  return makeActivation(slots, gate, select, sources, numLayers, model.topK);
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value) return value;
  throw new Refusal('KeyError', `'${name}'`);
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
