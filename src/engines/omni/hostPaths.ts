import type { NodePaths } from '../../topology/paths.ts';
import type { Instance, Node, ServerNode } from '../../topology/topology.ts';

// where OmniInfer's image keeps its code; services.code_path takes the place of the whole folder
export const CODE_FOLDER = '/workspace/omniinfer';
/** pd_run.sh resolves relative paths against this folder, so it is started there. */
export const SCRIPTS_FOLDER = `${CODE_FOLDER}/tools/scripts`;
export const PROXY_FOLDER = `${CODE_FOLDER}/omni/accelerators/sched/global_proxy`;

export const OMNI_PROXY_FOLDER = `${CODE_FOLDER}/omni/accelerators/sched/omni_proxy`;

/** A start script carries the engine's environment, which may hold secrets. */
export const SCRIPT_MODE = 0o700;

/** OmniPlacement's configuration file of a server. */
export function placementConfigPath(node: ServerNode, paths: NodePaths): string {
  return `${paths.folder}/${node.role === 'prefill' ? 'config_p.yaml' : 'config_d.yaml'}`;
}

/** What MODEL_EXTRA_CFG_PATH names. */
export function extraConfigPath(node: ServerNode, paths: NodePaths): string {
  return `${paths.folder}/test_config_${node.role}.json`;
}

export function startScriptPath(node: Node, paths: NodePaths): string {
  return `${paths.folder}/run_${node.role}.sh`;
}

export function patternPath(localPath: string, paths: NodePaths): string {
  return `${paths.folder}/patterns/${baseName(localPath)}`;
}

/** The code, which all nodes of a host share. */
export function codePaths(paths: NodePaths): { readonly folder: string; readonly marker: string } {
  return { folder: `${paths.cluster}/code/omniinfer`, marker: `${paths.cluster}/code/digest` };
}

/** What pip installed in the container: first line its id, then digest and path of each wheel. */
export function wheelsMarker(paths: NodePaths): string {
  return `${paths.run}/wheels`;
}

/** What pip installed of the code in the container: first line its id, then the code's digest. */
export function installedCodeMarker(paths: NodePaths): string {
  return `${paths.run}/code`;
}

/** RANKTABLE_SAVE_PATH of OmniInfer's playbook. */
export function rankTablesFolder(paths: NodePaths): string {
  return `${paths.folder}/ranktable`;
}

export function wheelPath(localPath: string, paths: NodePaths): string {
  return `${paths.folder}/wheels/${baseName(localPath)}`;
}

/** The rank table files of one server, as OmniInfer's playbook lays them out. */
export interface RankTablePaths {
  /** This host's dies. */
  readonly local: string;
  /** The same without dies, for an API server alone; prefill only. */
  readonly apiServer: string | null;
  /** Input of OmniInfer's own merge. */
  readonly hostGlobal: string;
  /** All hosts of the instance; null for an instance of one host. */
  readonly merged: string | null;
  /** All instances of the cluster. */
  readonly global: string;
}

export function rankTablePaths(node: ServerNode, instance: Instance, paths: NodePaths): RankTablePaths {
  const saved = rankTablesFolder(paths);
  const folder = `${saved}/${node.role}_config`;
  const isPrefill = node.role === 'prefill';
  const collected = isPrefill ? `collect_files_p/${instance.masterAddress}` : 'collect_files_d';
  return {
    local: `${folder}/local_ranktable_${node.host}_${node.dies.join('')}.json`,
    apiServer: isPrefill ? `${folder}/local_ranktable_${node.host}_host.json` : null,
    hostGlobal: `${folder}/global_ranktable_${node.host}.json`,
    merged: instance.nodes.length > 1 ? `${saved}/global/${collected}/local_ranktable_merge.json` : null,
    global: `${saved}/global/global_ranktable_merge.json`,
  };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
