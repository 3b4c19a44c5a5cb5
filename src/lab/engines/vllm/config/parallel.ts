import { createHash } from 'node:crypto';
import { logInfo, logWarning } from '../../shared/log.ts';
import { Refusal } from '../../shared/refusal.ts';
import { givenNumber, givenText, type Options } from './options.ts';

/** How the ranks of an instance are spread, and what this process has of them. */
export interface Parallel {
  readonly tensor: number;
  readonly pipeline: number;
  readonly data: number;
  readonly mode: 'internal' | 'hybrid' | 'external';
  /** Data-parallel ranks of this process, and the first of them. */
  readonly localRanks: number;
  readonly startRank: number;
  readonly address: string;
  readonly rpcPort: number;
  /** Processes that share one rank (`--nnodes`), and which of them this one is. */
  readonly nodesPerRank: number;
  readonly nodeOfRank: number;
  readonly masterAddress: string;
  readonly masterPort: number;
}

const DEFAULT_ADDRESS = '127.0.0.1';
const DEFAULT_RPC_PORT = 29_550;
const DEFAULT_MASTER_PORT = 29_501;

/** Settings that the ranks of an instance must share: what differs by process is not among them. */
const SHARED = [
  'tensor-parallel-size',
  'pipeline-parallel-size',
  'prefill-context-parallel-size',
  'decode-context-parallel-size',
  'data-parallel-size',
  'enable-expert-parallel',
  'enable-ep-weight-filter',
  'all2all-backend',
  'enable-eplb',
  'eplb-config',
  'expert-placement-strategy',
  'enable-elastic-ep',
  'enable-dbo',
  'ubatch-size',
  'dbo-decode-token-threshold',
  'dbo-prefill-token-threshold',
  'disable-nccl-for-dp-synchronization',
  'distributed-timeout-seconds',
];

/** By the rules of vLLM's `serve` and its engine arguments. */
export function parallelOf(options: Options): Parallel {
  const { given, headless } = options;
  const tensor = givenNumber(given, 'tensor-parallel-size') ?? 1;
  const pipeline = givenNumber(given, 'pipeline-parallel-size') ?? 1;
  const data = givenNumber(given, 'data-parallel-size') ?? 1;
  const node = nodeOf(options, tensor * pipeline, data);
  const rank = givenNumber(given, 'data-parallel-rank');
  checkModes(options, rank);
  const place = placeOf(options, rank, data, node);
  const hosts = Math.max(1, Math.floor(data / place.localRanks));
  const nodesPerRank = node.nnodes === 1 ? 1 : Math.max(1, Math.floor(node.nnodes / hosts));
  if (headless && place.localRanks < 1) {
    throw new Refusal('ValueError', 'data_parallel_size_local must be > 0 in headless mode');
  }
  return {
    tensor,
    pipeline,
    data,
    ...place,
    address: givenText(given, 'data-parallel-address') ?? givenText(given, 'master-addr') ?? DEFAULT_ADDRESS,
    rpcPort: givenNumber(given, 'data-parallel-rpc-port') ?? DEFAULT_RPC_PORT,
    nodesPerRank,
    nodeOfRank: node.nodeRank % nodesPerRank,
    masterAddress: givenText(given, 'master-addr') ?? DEFAULT_ADDRESS,
    masterPort: givenNumber(given, 'master-port') ?? DEFAULT_MASTER_PORT,
  };
}

/** What vLLM compares between the ranks of an instance. */
export function parallelHash({ given }: Options): string {
  const shared = SHARED.map((name) => [name, given[name] ?? null]);
  return createHash('sha256').update(JSON.stringify(shared)).digest('hex');
}

interface Node {
  readonly nnodes: number;
  readonly nodeRank: number;
  readonly inferredRank: number;
  /** null: not by `--nnodes`. */
  readonly inferredLocal: number | null;
}

function nodeOf({ given }: Options, perRank: number, data: number): Node {
  const nnodes = givenNumber(given, 'nnodes') ?? 1;
  const nodeRank = givenNumber(given, 'node-rank') ?? 0;
  if (nnodes === 1) return { nnodes, nodeRank: 0, inferredRank: 0, inferredLocal: null };
  const world = perRank * data;
  if (world % nnodes !== 0) {
    throw invalid(
      `\`--nnodes ${nnodes}\` must evenly divide the total world size (${world}). Adjust \`--nnodes\`, \`--data-parallel-size\`, \`--pipeline-parallel-size\`, or \`--tensor-parallel-size\`.`,
    );
  }
  if (nodeRank < 0 || nodeRank >= nnodes) {
    throw invalid(`\`--node-rank\` must be between 0 and ${nnodes - 1}; got \`--node-rank ${nodeRank}\`.`);
  }
  const local = world / nnodes;
  return {
    nnodes,
    nodeRank,
    inferredRank: Math.floor((nodeRank * local) / perRank),
    inferredLocal: Math.max(1, Math.floor(local / perRank)),
  };
}

/** As `vllm serve` does before it has made a configuration. */
function checkModes({ given, headless, apiServerCount }: Options, rank: number | null): void {
  if (headless && apiServerCount !== null && apiServerCount > 0) {
    throw new Refusal(
      'ValueError',
      `--api-server-count=${apiServerCount} cannot be used with --headless (no API servers are started in headless mode).`,
    );
  }
  const several = given['data-parallel-multi-port-external-lb'] === true;
  const external = given['data-parallel-external-lb'] === true || rank !== null;
  const named = given['data-parallel-hybrid-lb'] === true;
  const hybrid = named || (!several && givenNumber(given, 'data-parallel-start-rank') !== null);
  if (several) throw new Refusal('NotImplementedError', 'the lab has no --data-parallel-multi-port-external-lb');
  if (external && hybrid) {
    throw new Refusal('ValueError', 'Cannot use more than one data parallel load balancing mode.');
  }
  if (headless && named) {
    throw new Refusal('AssertionError', 'data_parallel_hybrid_lb is not applicable in headless mode');
  }
}

function placeOf(options: Options, rank: number | null, data: number, node: Node) {
  const { given, headless } = options;
  const local = givenNumber(given, 'data-parallel-size-local') ?? node.inferredLocal;
  if (rank !== null) {
    if (local !== null && local !== 1) {
      throw invalid(
        `an external data-parallel rank requires \`--data-parallel-size-local 1\`; got ${local}. Set it to 1 or omit it.`,
      );
    }
    return { mode: 'external' as const, localRanks: 1, startRank: checkedRank(rank, data) };
  }
  if (given['data-parallel-external-lb'] === true) {
    throw invalid('`--data-parallel-external-lb` requires a data-parallel rank. Set `--data-parallel-rank`.');
  }
  const named = given['data-parallel-hybrid-lb'] === true;
  if (local === null) {
    if (named) throw invalid('`--data-parallel-hybrid-lb` requires `--data-parallel-size-local`.');
    return { mode: 'internal' as const, localRanks: data, startRank: 0 };
  }
  const start = givenNumber(given, 'data-parallel-start-rank');
  const startRank = checkedRank(start || node.inferredRank, data);
  let mode: Parallel['mode'] = named || (start && !headless) ? 'hybrid' : 'internal';
  if (mode === 'hybrid' && !named) logInfo('data_parallel_hybrid_lb is inferred from data_parallel_start_rank');
  if (mode === 'hybrid' && local === data) mode = 'internal';
  else if (mode === 'hybrid' && local === 1) {
    logWarning(
      'data_parallel_hybrid_lb is not eligible when data_parallel_size_local = 1, autoswitch to data_parallel_external_lb.',
    );
    mode = 'external';
  }
  return { mode, localRanks: local, startRank };
}

function checkedRank(rank: number, data: number): number {
  if (rank >= 0 && rank < data) return rank;
  throw new Refusal('ValueError', `data_parallel_rank (${rank}) must be in the range [0, ${data})`);
}

function invalid(message: string): Refusal {
  return new Refusal('ValueError', `Invalid data-parallel launch options: ${message}`);
}
