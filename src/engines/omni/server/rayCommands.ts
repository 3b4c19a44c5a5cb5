import type { ServerNode } from '../../../topology/topology.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { omniRoleSettings } from '../settings.ts';

export const RAY_PORT = 6379;

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

export function rayHeadStart({ dies }: ServerNode): readonly string[] {
  return ['ray', 'start', '--head', `--port=${RAY_PORT}`, `--num-gpus=${dies.length}`];
}

export function rayWorkerStart({ dies, masterAddress }: ServerNode, dialect: Dialect): readonly string[] {
  return [
    'ray',
    'start',
    `--address=${masterAddress}:${RAY_PORT}`,
    `--num-gpus=${dies.length}`,
    ...workerPorts(dialect),
  ];
}

/** The ports that pd_run.sh keeps ray's workers to, on every host: `--min-worker-port=10002`. */
function workerPorts({ rayHead, variables }: Dialect): string[] {
  return (rayHead ?? []).flatMap((argument) => {
    const [, flag, name] = /^(--m(?:in|ax)-worker-port)=\$(\w+)$/.exec(argument) ?? [];
    const port = name === undefined ? null : variables[name]?.value;
    return port == null ? [] : [`${flag}=${port}`];
  });
}
