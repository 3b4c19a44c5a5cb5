import type { Deployment } from '../../deployment/deployment.ts';
import type { Facts } from '../../facts/facts.ts';
import { blockYaml } from '../../rendering/yaml.ts';
import { type NodePaths, nodePaths } from '../../topology/paths.ts';
import type { ServerNode, Topology } from '../../topology/topology.ts';
import type { Artifact, ArtifactPaths } from '../artifact.ts';
import type { Desired, DesiredContainer, DesiredNode, DesiredServer, Unknown } from '../desired.ts';
import { type DesiredFile, textFile } from '../desiredFile.ts';
import { serverGeneration } from '../generation.ts';
import type { Readiness } from '../readiness.ts';
import { lmcachePath, SCRIPT_MODE, scriptPath } from './hostPaths.ts';
import { lmcacheConfig, usesLmcache } from './kv/lmcacheFile.ts';
import { drainArgv } from './server/drainArgv.ts';
import { allLogs } from './server/logs.ts';
import { readyDeadline } from './server/serveEnv.ts';
import { serveScript } from './server/serveScript.ts';
import { vllmContainer } from './vllmContainer.ts';
import { vllmRoleSettings } from './vllmSettings.ts';
import { CONFIG_TAG } from './vllmTags.ts';

const LMCACHE_COMMENT = "LMCache's configuration, written by omniplace from the deployment file.";

/** What should be on the host of every server. */
export function vllmDesired(deployment: Deployment, topology: Topology, facts: Facts): Desired {
  const servers = topology.nodes.filter((node) => node.role !== 'proxy');
  const unknown = servers.flatMap((node): Unknown[] =>
    interfaceOf(node, facts) === null
      ? [{ fact: 'interfaceName', of: 'host', host: node.host, node: node.name, blocks: 'files' }]
      : [],
  );
  const nodes = servers.map((node) => [node.name, desiredNode(node, deployment, topology, facts)] as const);
  return { nodes: Object.fromEntries(nodes), unknown };
}

/** Every file that {@link vllmDesired} may put for a node. */
export function vllmArtifactPaths(node: ServerNode, deployment: Deployment): ArtifactPaths {
  const paths = nodePaths(deployment.statePath, deployment.name, node.name);
  const lmcache = usesLmcache(node) ? [lmcachePath(paths)] : [];
  return { files: [scriptPath(node, paths), ...lmcache], markers: [], tree: null };
}

function desiredNode(node: ServerNode, deployment: Deployment, topology: Topology, facts: Facts): DesiredNode {
  const paths = nodePaths(deployment.statePath, deployment.name, node.name);
  const container = vllmContainer(node, deployment, topology, facts[node.host]);
  const interfaceName = interfaceOf(node, facts);
  const script = interfaceName === null ? [] : [serveScript(node, { deployment, topology, paths, interfaceName })];
  const files = [
    ...script.map((text) => textFile(scriptPath(node, paths), text, SCRIPT_MODE)),
    ...(usesLmcache(node) ? [lmcacheFile(node, paths)] : []),
  ];
  const config: Artifact = { tag: CONFIG_TAG, scope: 'node', restarts: true, bring: { kind: 'put', files } };
  const artifacts = files.length === 0 ? [] : [config];
  return {
    node: node.name,
    host: node.host,
    paths,
    container,
    artifacts,
    server: serverOf(node, deployment, { paths, container, artifacts }),
  };
}

interface MadeOf {
  readonly paths: NodePaths;
  readonly container: DesiredContainer;
  readonly artifacts: readonly Artifact[];
}

function serverOf(node: ServerNode, deployment: Deployment, { paths, container, artifacts }: MadeOf): DesiredServer {
  const argv = ['bash', scriptPath(node, paths)];
  const logs = allLogs(node, deployment);
  const identity = `${deployment.name}/${node.name}`;
  return {
    argv,
    // the start script exports all of it, where a person can read it
    env: {},
    log: logs[0]!,
    logs,
    identity,
    generation: serverGeneration(container.spec, artifacts, argv),
    stop: drainArgv(identity, vllmRoleSettings(node.settings).shutdownTimeoutS),
    readiness: readinessOf(node, paths),
    readyDeadlineMs: readyDeadline(node, deployment),
    noProgressMs: deployment.ready.noProgressMs,
  };
}

function readinessOf(node: ServerNode, { joined }: NodePaths): Readiness {
  if (node.numServers === 0) return { file: joined, what: 'headless ranks' };
  const http = Array.from({ length: node.numServers }, (_, i) => ({
    host: node.host,
    port: node.baseApiPort + i,
    path: '/health',
    of: node.numServers === 1 ? `${node.role} server` : `server ${node.serverOffset + i}`,
  }));
  return { http };
}

function lmcacheFile(node: ServerNode, paths: NodePaths): DesiredFile {
  return textFile(lmcachePath(paths), blockYaml(LMCACHE_COMMENT, lmcacheConfig(node)));
}

function interfaceOf({ host }: ServerNode, facts: Facts): string | null {
  const found = facts[host];
  return found?.reachable ? found.interfaceName : null;
}
