import type { ServerNode } from '../../../topology/topology.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { omniRoleSettings } from '../settings.ts';

/** Of OmniInfer, and ray itself. */
const RAY_PORT = 6379;

/** Of the head of a server over several hosts. */
export function rayPort({ settings }: Pick<ServerNode, 'settings'>): number {
  return omniRoleSettings(settings).rayPort ?? RAY_PORT;
}

/** OmniInfer's value, in seconds: a compiled graph of a long prompt takes far longer than ray waits by default. */
const GRAPH_TIMEOUT_SECONDS = '7200';

/**
 * Of every host of a prefill instance over several.
 * @param visible variables by which vLLM's workers see their dies: ray would overwrite them
 */
export function rayEnv(visible: readonly string[]): Record<string, string> {
  return {
    ...Object.fromEntries(visible.map((name) => [`RAY_EXPERIMENTAL_NOSET_${name}`, '1'])),
    RAY_CGRAPH_get_timeout: GRAPH_TIMEOUT_SECONDS,
    RAY_USAGE_STATS_ENABLED: '0',
  };
}

type OverRay = Pick<ServerNode, 'role' | 'tensorParallelSize' | 'pipelineParallelSize' | 'dies' | 'settings'>;

/** What a former run has left would make `ray start` fail. */
export const RAY_STOP = ['ray', 'stop', '--force'] as const;

/** A server over several hosts is one whose dies come together through ray. */
export function isOverRay({ role, tensorParallelSize, pipelineParallelSize, dies, settings }: OverRay): boolean {
  if (role === 'mixed' || tensorParallelSize * pipelineParallelSize <= dies.length) return false;
  return omniRoleSettings(settings).distributedExecutorBackend !== 'mp';
}

/** What brings the dies of a server together; null: vLLM decides. */
export function executorBackend(node: OverRay): string | null {
  return omniRoleSettings(node.settings).distributedExecutorBackend ?? (isOverRay(node) ? 'ray' : null);
}

export function rayHeadStart(node: ServerNode): readonly string[] {
  const ports = writtenPorts(node);
  return ['ray', 'start', '--head', `--port=${rayPort(node)}`, `--num-gpus=${node.dies.length}`, ...flagsOf(ports)];
}

export function rayWorkerStart(node: ServerNode, dialect: Dialect): readonly string[] {
  const { dies, masterAddress } = node;
  const ports = { ...workerPorts(dialect), ...writtenPorts(node) };
  return [
    'ray',
    'start',
    `--address=${masterAddress}:${rayPort(node)}`,
    `--num-gpus=${dies.length}`,
    ...flagsOf(ports),
  ];
}

/** By flag. */
type WorkerPorts = Readonly<Record<string, number | string>>;

function flagsOf(ports: WorkerPorts): string[] {
  return Object.entries(ports).map(([flag, port]) => `${flag}=${port}`);
}

function writtenPorts({ settings }: ServerNode): WorkerPorts {
  const { rayMinWorkerPort: min, rayMaxWorkerPort: max } = omniRoleSettings(settings);
  return {
    ...(min === null ? {} : { '--min-worker-port': min }),
    ...(max === null ? {} : { '--max-worker-port': max }),
  };
}

/** The ports that pd_run.sh keeps ray's workers to, on every host: `--min-worker-port=10002`. */
function workerPorts({ rayHead, variables }: Dialect): WorkerPorts {
  return Object.fromEntries(
    (rayHead ?? []).flatMap((argument) => {
      const [, flag, name] = /^(--m(?:in|ax)-worker-port)=\$(\w+)$/.exec(argument) ?? [];
      const port = name === undefined ? null : variables[name]?.value;
      return flag === undefined || port == null ? [] : [[flag, port]];
    }),
  );
}
