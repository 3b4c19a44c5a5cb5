import { posix } from 'node:path';
import type { Deployment, JsonObject } from '../../deployment/deployment.ts';
import type { Facts } from '../../facts/facts.ts';
import { pythonJson } from '../../rendering/json.ts';
import { type NodePaths, nodePaths } from '../../topology/paths.ts';
import type { NodeName, ServerNode, Topology } from '../../topology/topology.ts';
import type { Artifact } from '../artifact.ts';
import type { Desired, DesiredNode, Unknown } from '../desired.ts';
import { type DesiredFile, localFile, textFile } from '../desiredFile.ts';
import type { LocalInputs } from '../inputs.ts';
import { modelShape } from '../modelShape.ts';
import { configs, installedCode, installedWheels, tables } from './artifacts/artifacts.ts';
import { desiredCode } from './artifacts/desiredCode.ts';
import { additionalConfig, extraConfig } from './artifacts/extraConfig.ts';
import { installCode } from './artifacts/installCode.ts';
import { placementConfig, placementConfigText } from './artifacts/placementConfig.ts';
import { type NodeRankTables, rankTables } from './artifacts/rankTables.ts';
import { desiredContainer } from './container.ts';
import { type HostDialect, HostDialects } from './dialect/hostDialects.ts';
import {
  extraConfigPath,
  installedCodeMarker,
  patternPath,
  placementConfigPath,
  SCRIPT_MODE,
  startScriptPath,
  wheelPath,
  wheelsMarker,
} from './hostPaths.ts';
import { desiredServer } from './server/desiredServer.ts';
import { mixedScript } from './server/mixedScript.ts';
import { serverScript } from './server/serverScript.ts';
import { omniRoleSettings, omniSettings } from './settings.ts';

/** What should be on the host of every server. Where a fact is missing the rest is made all the same. */
export function desired(deployment: Deployment, topology: Topology, facts: Facts, inputs: LocalInputs): Desired {
  const nodes: Record<NodeName, DesiredNode> = {};
  const unknown: Unknown[] = [];
  const tablesOf = rankTables(deployment, topology, facts);
  const dialects = new HostDialects(deployment, facts, inputs);
  for (const node of topology.nodes) {
    if (node.role === 'proxy') continue;
    const dialect = dialects.on(node.host);
    const made = new NodeMaker(node, { deployment, topology, facts, inputs, tablesOf, dialect }).make();
    nodes[node.name] = made.desired;
    unknown.push(...made.unknown);
  }
  return { nodes, unknown };
}

interface ClusterInputs {
  readonly deployment: Deployment;
  readonly topology: Topology;
  readonly facts: Facts;
  readonly inputs: LocalInputs;
  readonly tablesOf: (node: ServerNode, paths: NodePaths) => NodeRankTables;
  /** Of the code that runs on the node's host. */
  readonly dialect: HostDialect;
}

/** Makes one node, noting on the way what it could not know. */
class NodeMaker {
  readonly #paths: NodePaths;
  readonly #unknown: Unknown[] = [];

  constructor(
    readonly node: ServerNode,
    readonly cluster: ClusterInputs,
  ) {
    const { statePath, name } = cluster.deployment;
    this.#paths = nodePaths(statePath, name, node.name);
  }

  make(): { desired: DesiredNode; unknown: readonly Unknown[] } {
    const { node } = this;
    const { deployment, topology, facts } = this.cluster;
    const paths = this.#paths;
    const container = desiredContainer(node, paths, deployment, topology, facts[node.host]);
    const wheels = this.#wheels();
    const files = configs([...this.#serverFiles(node), ...wheels]);
    const rankTables = tables(node.role === 'mixed' ? [] : this.#rankTables(node));
    const { code, unknown } = desiredCode(node, paths, deployment, this.cluster.inputs);
    this.#unknown.push(...unknown);
    const installed =
      wheels.length === 0 ? null : installedWheels<DesiredFile>(wheels, container.name, wheelsMarker(paths));
    const artifacts = [code, this.#installedCode(code, container.name), files, installed, rankTables].filter(
      (artifact) => artifact !== null,
    );
    const server = desiredServer(node, deployment, { paths, container, artifacts: [files, rankTables, code] });
    return {
      desired: { node: node.name, host: node.host, paths, container, artifacts, server },
      unknown: this.#unknown,
    };
  }

  #installedCode(code: Artifact | null, container: string): Artifact | null {
    if (code?.bring.kind !== 'sync') return null;
    const wheels = omniSettings(this.cluster.deployment).wheels.map((path) => posix.basename(path));
    const marker = installedCodeMarker(this.#paths);
    const install = installCode({ container, digest: code.bring.digest, marker, wheels });
    return install && installedCode(install);
  }

  #serverFiles(node: ServerNode): DesiredFile[] {
    const { deployment, topology, dialect } = this.cluster;
    const paths = this.#paths;
    const { placement } = omniRoleSettings(node.settings);
    const files: DesiredFile[] = [];
    const config = placement.enabled ? this.#placementConfig(node) : null;
    if (config !== null) {
      files.push(textFile(placementConfigPath(node, paths), placementConfigText(node, config, dialect)));
    }
    if (placement.enabled && placement.patternPath !== null) {
      files.push(...this.#local(patternPath(placement.patternPath, paths), placement.patternPath));
    }
    const instance = topology.instances[node.instance]!;
    const extra = extraConfig(node, instance, paths, dialect);
    const extraPath = extra === null ? null : extraConfigPath(node, paths);
    if (extraPath !== null) files.push(textFile(extraPath, `${pythonJson(extra!)}\n`));

    const host = this.cluster.facts[node.host];
    const interfaceName = host?.reachable ? host.interfaceName : null;
    if (interfaceName === null) this.#missing('interfaceName', node.host, 'files');
    if (interfaceName !== null) {
      const text =
        node.role === 'mixed'
          ? mixedScript(node, instance.group.name, deployment, { dialect, extraConfigPath: extraPath, interfaceName })
          : serverScript({
              node,
              deployment,
              topology,
              dialect,
              paths,
              interfaceName,
              additionalConfig: additionalConfig(node, dialect, config),
              extraConfigPath: extraPath,
            });
      files.push(textFile(startScriptPath(node, paths), text, SCRIPT_MODE));
    }
    return files;
  }

  /** null: older engines end without the number of MoE layers, so the file is not made; newer ones then ask the model itself. */
  #placementConfig(node: ServerNode): JsonObject | null {
    const { moeLayers } = modelShape(this.cluster.deployment, this.cluster.facts, node.host);
    const isKnown = (omniRoleSettings(node.settings).placement.maxMoeLayerNum ?? moeLayers) !== null;
    if (isKnown || this.cluster.dialect.placementFrom === 'additional-config')
      return placementConfig(node, this.#paths, moeLayers);
    this.#missing('number of MoE layers', node.host, 'files');
    return null;
  }

  #rankTables(node: ServerNode): readonly DesiredFile[] {
    const { files, missing } = this.cluster.tablesOf(node, this.#paths);
    for (const host of missing) this.#missing('deviceIps', host, 'ranktable');
    return files;
  }

  #wheels(): DesiredFile[] {
    return omniSettings(this.cluster.deployment).wheels.flatMap((wheel) =>
      this.#local(wheelPath(wheel, this.#paths), wheel),
    );
  }

  #local(path: string, localPath: string): DesiredFile[] {
    const file = localFile(path, localPath, this.cluster.inputs);
    if (file === null) this.#missing(`file ${localPath}`, this.node.host, 'files', 'this-machine');
    return file === null ? [] : [file];
  }

  #missing(fact: string, host: string, blocks: Unknown['blocks'], of: Unknown['of'] = 'host'): void {
    this.#unknown.push({ fact, of, host, node: this.node.name, blocks });
  }
}
