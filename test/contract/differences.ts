import type { ServerRole } from '../../src/deployment/deployment.ts';
import type { Dialect } from '../../src/engines/omni/dialect/dialect.ts';
import { zmqPort } from '../../src/engines/omni/ports.ts';
import { instanceList } from '../../src/engines/omni/proxy/instanceList.ts';
import { withoutBlanks } from '../../src/engines/omni/server/engineArgs.ts';
import { omniRoleSettings } from '../../src/engines/omni/settings.ts';
import type { NodeName, ProxyNode, ServerNode, Topology } from '../../src/topology/topology.ts';
import type { Rendered } from '../fakes/renderedFor.ts';
import type { Call, Start } from './cell.ts';

/** What a start did otherwise than the topology has it; empty: nothing. */
export function differences(name: NodeName, rendered: Rendered, dialect: Dialect, start: Start): readonly string[] {
  const node = rendered.topology.nodes.find((one) => one.name === name)!;
  const found = [
    ...unknownOptions(start),
    ...(node.role === 'proxy' ? ofProxy(node, rendered, start) : ofServer(node, rendered, dialect, start)),
  ];
  return found.length === 0 || start.exitCode === null
    ? found
    : [...found, `ended with ${start.exitCode}: ${start.log.trim().slice(-400)}`];
}

function unknownOptions({ log }: Start): readonly string[] {
  const refused = /unknown (option|argument)[^\n]*|unrecognized arguments[^\n]*/i.exec(log);
  return refused === null ? [] : [refused[0]];
}

function ofProxy(node: ProxyNode, { topology }: Rendered, start: Start): readonly string[] {
  const found = upstreamsOf(start);
  if (found === null) return [`no nginx: ${start.log.trim().slice(-400)}`];
  return compared('the configuration of nginx', found, {
    ports: [node.listenPort],
    prefill: serversOf('prefill', topology),
    decode: serversOf('decode', topology),
  });
}

function serversOf(role: ServerRole, topology: Topology): readonly string[] {
  return instanceList(topology).flatMap((one) => (one.role === role ? one.servers : []));
}

/** What a proxy listens on, and asks. */
export interface Upstreams {
  readonly ports: readonly number[];
  readonly prefill: readonly string[];
  readonly decode: readonly string[];
}

/** In the configuration that nginx was started with; null: it was not. */
export function upstreamsOf({ calls }: Start): Upstreams | null {
  const started = calls.find(({ program, argv }) => program === 'nginx' && argv[0] === '-c');
  if (started === undefined) return null;
  const conf = started.conf ?? '';
  const ports = [...conf.matchAll(/^\s*listen\s+(\d+)/gm)].map(([, port]) => Number(port));
  return {
    ports: [...new Set(ports)],
    prefill: upstream(conf, 'prefill_(servers|endpoints)'),
    decode: upstream(conf, 'decode_(servers|endpoints)'),
  };
}

function upstream(conf: string, name: string): readonly string[] {
  const block = new RegExp(`upstream\\s+${name}\\s*{([^}]*)}`).exec(conf)?.[2] ?? '';
  return [...block.matchAll(/^\s*server\s+([\d.:]+)/gm)].map(([, address]) => address!);
}

function ofServer(node: ServerNode, rendered: Rendered, dialect: Dialect, start: Start): readonly string[] {
  const overRay = isOverRay(node, rendered);
  const ray = overRay ? ofRay(node, rendered, start) : [];
  if (node.part === 'worker') return ray;
  const servers = start.calls.filter(({ program }) => program === 'vllm');
  const ports = Array.from({ length: node.numServers }, (_, i) => node.baseApiPort + i);
  const found = servers.map((call) => Number(valueAfter(call, '--port'))).sort((a, b) => a - b);
  const off = compared('API ports', found, ports);
  if (off.length > 0) return [...ray, ...off, start.log.trim().slice(-400)];
  const nz = node.role === 'decode' && /nothing changed/.test(start.log) !== dialect.hasNzConfig;
  return [
    ...ray,
    ...(nz ? [`process_nz_config.py ${dialect.hasNzConfig ? 'was not run' : 'was run'}`] : []),
    ...new Set(servers.flatMap((call) => ofCall(call, node, rendered, dialect))),
  ];
}

function ofCall(call: Call, node: ServerNode, rendered: Rendered, dialect: Dialect): readonly string[] {
  const { deployment } = rendered;
  const { settings } = node;
  const numbers = {
    '--tensor-parallel-size': node.tensorParallelSize,
    '--max-model-len': settings.maxModelLen,
    '--max-num-seqs': settings.maxNumSeqs,
    [node.role === 'mixed' ? '--gpu_memory_utilization' : '--gpu-memory-utilization']: settings.gpuUtil,
  };
  const common = [
    ...Object.entries(numbers).flatMap(([flag, wanted]) => compared(flag, Number(valueAfter(call, flag)), wanted)),
    ...compared('--served-model-name', valueAfter(call, '--served-model-name'), deployment.servedModelName),
    ...compared('the model', call.argv.includes(deployment.modelPath), true),
    ...compared('the order of extra_args', indexOf(call.argv, settings.extraArgs.map(withoutBlanks)) >= 0, true),
    // of ~/.bashrc, which used an unset name for it
    ...compared('OF_BASHRC', call.env.OF_BASHRC, '.'),
    ...Object.entries(settings.env).flatMap(([name, wanted]) => compared(name, call.env[name], wanted)),
  ];
  return node.role === 'mixed' ? common : [...common, ...ofPdServer(call, node, rendered, dialect)];
}

/** Of prefill and decode servers: how they find each other. */
function ofPdServer(call: Call, node: ServerNode, rendered: Rendered, dialect: Dialect): readonly string[] {
  const { topology } = rendered;
  const number = Number(valueAfter(call, '--port')) - node.baseApiPort;
  const kv = JSON.parse(valueAfter(call, '--kv-transfer-config') ?? '{}');
  const env = {
    ROLE: node.role,
    VLLM_DP_SIZE: node.dataParallelSize,
    VLLM_DP_RANK: node.serverOffset + number,
    VLLM_DP_MASTER_IP: node.masterAddress,
    VLLM_DP_MASTER_PORT: node.masterPort,
    PREFILL_POD_NUM: topology.numPrefill,
    DECODE_POD_NUM: topology.numDecode,
    VLLM_LLMDATADIST_ZMQ_PORT: zmqPort(node.name, topology),
  };
  const placement = dialect.placementFrom === 'additional-config' && omniRoleSettings(node.settings).placement.enabled;
  const extra = dialect.extraConfigVariable;
  const backend = isOverRay(node, rendered) ? 'ray' : null;
  return [
    ...Object.entries(env).flatMap(([name, wanted]) => compared(name, call.env[name], String(wanted))),
    ...compared('kv_role', kv.kv_role, node.kv!.role),
    ...compared('kv_rank', kv.kv_rank, node.kv!.rank),
    ...compared('engine_id', Number(kv.engine_id), node.kv!.rank),
    ...compared('kv_parallel_size', kv.kv_parallel_size, node.kv!.parallelSize),
    ...compared('--distributed-executor-backend', valueAfter(call, '--distributed-executor-backend'), backend),
    ...(placement
      ? compared('placement', JSON.parse(valueAfter(call, '--additional-config') ?? '{}').enable_omni_placement, true)
      : []),
    ...(extra === 'MODEL_EXTRA_CFG_PATH' ? filePushed(call, extra, node, rendered) : []),
    ...filePushed(call, 'RANK_TABLE_FILE_PATH', node, rendered),
    ...filePushed(call, 'GLOBAL_RANK_TABLE_FILE_PATH', node, rendered),
  ];
}

/** Does a variable name a file or a folder of the node's own? */
function filePushed(call: Call, variable: string, node: ServerNode, { nodes }: Rendered): readonly string[] {
  const path = call.env[variable] ?? '';
  const own = `${nodes[node.name]!.paths.folder}/`;
  return path.startsWith(own) ? [] : [`${variable} is ${JSON.stringify(path)}, which is not below ${own}`];
}

function ofRay(node: ServerNode, rendered: Rendered, { calls }: Start): readonly string[] {
  const ray = calls.filter(({ program, argv }) => program === 'ray' && argv[0] !== 'status');
  const starts = ray.filter(({ argv }) => argv[0] === 'start');
  const joins = node.part === 'worker' ? `--address=${node.masterAddress}:6379` : '--head';
  const launched = starts[0];
  if (launched === undefined || starts.length > 1) return [`${starts.length} calls of ray start`];
  const { env } = launched;
  return [
    ...compared('the first call of ray', ray[0]!.argv.join(' '), 'stop --force'),
    ...compared('ray start', launched.argv[1], joins),
    ...compared('dies that ray leaves to vLLM', env.RAY_EXPERIMENTAL_NOSET_ASCEND_RT_VISIBLE_DEVICES, '1'),
    ...compared('RAY_CGRAPH_get_timeout is set', 'RAY_CGRAPH_get_timeout' in env, true),
    ...compared('DECODE_POD_NUM of ray', env.DECODE_POD_NUM, String(rendered.topology.numDecode)),
    ...compared('OF_BASHRC of ray', env.OF_BASHRC, '.'),
    ...Object.entries(node.settings.env).flatMap(([name, wanted]) => compared(`${name} of ray`, env[name], wanted)),
  ];
}

export function isOverRay(node: ServerNode, { topology }: Rendered): boolean {
  return node.role === 'prefill' && topology.instances[node.instance]!.nodes.length > 1;
}

function valueAfter({ argv }: Call, flag: string): string | null {
  const at = argv.indexOf(flag);
  return at < 0 ? null : (argv[at + 1] ?? null);
}

function indexOf(all: readonly string[], part: readonly string[]): number {
  return all.findIndex((_, i) => part.every((word, j) => all[i + j] === word));
}

function compared(what: string, found: unknown, wanted: unknown): readonly string[] {
  const [is, should] = [JSON.stringify(found ?? null), JSON.stringify(wanted)];
  return is === should ? [] : [`${what}: ${is} instead of ${should}`];
}
