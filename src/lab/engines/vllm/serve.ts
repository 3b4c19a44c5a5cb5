import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { checkPortIsFree } from '../shared/http.ts';
import { simulateLoad } from '../shared/load.ts';
import { logError, logInfo } from '../shared/log.ts';
import { Refusal } from '../shared/refusal.ts';
import { type Api, serveVllmApi } from './api/apiServer.ts';
import { FrontEngine } from './api/frontEngine.ts';
import { checkConfig } from './config/checkConfig.ts';
import { type Checkpoint, readCheckpoint } from './config/model.ts';
import { type Given, type Options, readOptions } from './config/options.ts';
import { type Parallel, parallelHash, parallelOf } from './config/parallel.ts';
import { checkDevices, checkInterfaces } from './config/visibleDevices.ts';
import { CoreDeath, type EngineCore } from './core/engineCore.ts';
import { LocalCore } from './core/localCore.ts';
import { openConnector, withoutTransfer } from './kv/openConnector.ts';
import { vllmLabEnv } from './labEnv.ts';
import { type Front, openFront } from './meeting/front.ts';
import { joinFront } from './meeting/join.ts';
import { followNodes, leadNodes } from './meeting/nodes.ts';
import { type Ending, endOnSignals } from './shutdown.ts';
import { startWorkers } from './workers.ts';

/** How long requests of a rank that has died have for their errors. */
const LAST_WORDS_MS = 200;

/** `vllm serve`: refuses what the original refuses, meets the other ranks of its instance, loads, then answers. */
export async function serveVllm(given: Given): Promise<void> {
  const { env } = process;
  const options = readOptions(given, env);
  logInfo(`vLLM API server version ${options.version.slice(1)}, args: ${JSON.stringify(given)}`);
  const parallel = parallelOf(options);
  if (!options.headless) await checkPortIsFree(options.host, options.port);
  const checkpoint = readCheckpoint(options.model);
  const maxModelLen = checkConfig(options, parallel, checkpoint);
  checkDevices(parallel, env);
  checkInterfaces(parallel, env);
  const process_ = new ServeProcess(options, parallel, checkpoint);
  const ending: Ending = { cores: [], api: null, timeoutS: options.shutdownTimeoutS, isEnding: false };
  process_.ending = ending;
  endOnSignals(ending, parallel.nodeOfRank > 0);
  if (parallel.nodesPerRank > 1 && !(await process_.meetNodes())) return;
  const cores = await process_.meetRanks(ending);
  if (options.headless) {
    logInfo('headless: all ranks of the instance are there');
    return;
  }
  const engines = cores.map((core) => new FrontEngine(core, options.maxNumSeqs));
  const api: Api = { options, maxModelLen, engines, running: new Set(), closing: false, isDead: false };
  ending.api = api;
  await serveVllmApi(api);
  logInfo(`Starting vLLM server on http://${options.host}:${options.port}`);
  logInfo('Application startup complete.');
}

class ServeProcess {
  ending: Ending | null = null;
  readonly #options: Options;
  readonly #parallel: Parallel;
  readonly #checkpoint: Checkpoint;
  readonly #engineId: string;
  readonly #lab = vllmLabEnv(process.env);
  #loaded: Promise<void> | null = null;

  constructor(options: Options, parallel: Parallel, checkpoint: Checkpoint) {
    this.#options = options;
    this.#parallel = parallel;
    this.#checkpoint = checkpoint;
    this.#engineId = options.kvTransfer?.engineId ?? randomUUID();
  }

  /** Of a rank over several nodes; false: this is not the first of them, and has nothing else to do. */
  async meetNodes(): Promise<boolean> {
    const { nodeOfRank } = this.#parallel;
    const lost = (why: string) => this.#die(new CoreDeath('RuntimeError', why));
    if (nodeOfRank > 0 && !this.#options.headless) {
      throw new Refusal('AssertionError', 'collective_rpc should not be called on follower node');
    }
    if (nodeOfRank === 0) {
      await leadNodes(this.#parallel, lost);
      return true;
    }
    await followNodes(this.#parallel, this.#lab.handshakeMs, lost);
    await this.#load();
    logInfo('headless: all nodes of the rank are there');
    return false;
  }

  /** Starts this process' ranks and waits for those of the others; gives the ones that it sends requests to. */
  async meetRanks(ending: Ending): Promise<readonly EngineCore[]> {
    const { startRank, localRanks, data, mode } = this.#parallel;
    const ranks = Array.from({ length: localRanks }, (_, at) => startRank + at);
    if (startRank > 0 || (this.#options.headless && localRanks < data)) {
      ending.cores = await Promise.all(ranks.map((rank) => this.#join(rank)));
      return ending.cores;
    }
    const front = localRanks < data ? await this.#openFront() : null;
    ending.cores = await Promise.all(ranks.map((rank) => this.#makeCore(rank)));
    const others = (await front?.meet()) ?? [];
    return mode === 'internal' ? [...ending.cores, ...others] : ending.cores;
  }

  #openFront(): Promise<Front> {
    const hash = this.#checkpoint.numExperts > 0 ? parallelHash(this.#options) : null;
    const onLost = (why: string) => this.#die(new CoreDeath('RuntimeError', `${why}: Connection closed by peer`));
    return openFront(this.#parallel, { hash, onLost });
  }

  #join(rank: number): Promise<LocalCore> {
    return joinFront(rank, this.#parallel, {
      headless: this.#options.headless,
      hash: parallelHash(this.#options),
      timeoutMs: this.#lab.handshakeMs,
      load: () => this.#makeCore(rank),
      onLost: (why) => this.#die(new CoreDeath('RuntimeError', why)),
    });
  }

  async #makeCore(rank: number): Promise<LocalCore> {
    const { kvTransfer, blockSize, prefixCaching } = this.#options;
    const engineId = `${this.#engineId}_dp${rank}`;
    const shared = { options: this.#options, parallel: this.#parallel, checkpoint: this.#checkpoint };
    await this.#load();
    const opened = await openConnector({ ...shared, rank, engineId, env: process.env });
    const connector = opened === null || this.#lab.kvTransfer ? opened : withoutTransfer(opened);
    return new LocalCore({
      rank,
      blockSize,
      prefixCaching,
      tokenMs: this.#lab.tokenMs,
      onLoadFailure: kvTransfer?.onLoadFailure ?? 'fail',
      connector,
      die: (cause) => this.#die(cause),
    });
  }

  #load(): Promise<void> {
    this.#loaded ??= this.#startWorkersAndLoad();
    return this.#loaded;
  }

  async #startWorkersAndLoad(): Promise<void> {
    const { localRanks, startRank, tensor, pipeline, nodesPerRank, nodeOfRank } = this.#parallel;
    const perRank = (tensor * pipeline) / nodesPerRank;
    const names = Array.from({ length: localRanks }, (_, at) => startRank + at).flatMap((rank) => [
      ...(nodeOfRank === 0 ? [`EngineCore_DP${rank}`] : []),
      ...Array.from({ length: perRank }, (_, worker) => `Worker_DP${rank}_TP${nodeOfRank * perRank + worker}`),
    ]);
    startWorkers(names, (name) => this.#die(new CoreDeath('RuntimeError', `${name} died unexpectedly`)));
    await simulateLoad(this.#lab.loadMs);
  }

  #die(cause: unknown): void {
    // processes of an instance that ends do not wait for each other
    if (this.ending?.isEnding) return;
    const [exception, message] =
      cause instanceof CoreDeath ? [cause.exception, cause.message] : ['Exception', `${cause}`];
    logError('EngineCore encountered a fatal error.');
    process.stderr.write(`Traceback (most recent call last):\n${exception}: ${message}\n`);
    if (this.ending?.api) this.ending.api.isDead = true;
    void delay(LAST_WORDS_MS).then(() => process.exit(1));
  }
}
