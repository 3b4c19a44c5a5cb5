import { join } from 'node:path';
import type { Deployment, Group, Login } from '../../deployment/deployment.ts';
import type { Artifact } from '../../engines/artifact.ts';
import type { Desired, DesiredNode } from '../../engines/desired.ts';
import type { DesiredFile } from '../../engines/desiredFile.ts';
import { engineOf } from '../../engines/index.ts';
import { probeRequests } from '../../engines/probeRequest.ts';
import { topologyOf } from '../../engines/topologyOf.ts';
import type { Facts, ProbeRequest } from '../../facts/facts.ts';
import { clusterPaths } from '../../topology/paths.ts';
import type { ClusterView } from '../cluster/clusterView.ts';
import { NO_INPUTS } from '../cluster/localInputs.ts';
import { type HostKept, keptFolder } from './readKept.ts';
import type { KeptFile, KeptNode, KeptRecord } from './record.ts';

/** A generation that hosts keep, as a deployment that can be compared with what is there. */
export interface KeptGeneration {
  readonly generation: string;
  /** The run in which it served first. */
  readonly run: string;
  /** As it was then, with the logins of today. */
  readonly deployment: Deployment;
  readonly record: KeptRecord;
  readonly found: readonly HostKept[];
}

/** Null: no host has a record of it. */
export function keptGeneration(generation: string, found: readonly HostKept[], now: Deployment): KeptGeneration | null {
  const record = found.map(({ records }) => records.get(generation)).find((each) => each !== undefined);
  if (record === undefined) return null;
  const line = found.flatMap(({ kept }) => kept).find((each) => each.generation === generation);
  return { generation, run: line?.run ?? record.run, deployment: withLogins(record.deployment, now), record, found };
}

/** What a kept generation is compared by. */
export function keptRequests({
  generation,
  deployment,
  found,
}: KeptGeneration): Readonly<Record<string, ProbeRequest>> {
  const asked = probeRequests(deployment, topologyOf(deployment), engineOf(deployment.engine), NO_INPUTS);
  const withImages = Object.entries(asked).map(([address, request]) => {
    const id = found.find((host) => host.address === address)?.records.get(generation)?.imageId;
    return [address, id === undefined ? request : { ...request, images: [...request.images, id] }] as const;
  });
  return Object.fromEntries(withImages);
}

/** As `buildClusterView`, but what should be is what was kept, not what an engine would make of it today. */
export function keptView(
  { generation, run, deployment, record, found }: KeptGeneration,
  facts: Facts,
  because = '',
): ClusterView {
  const engine = engineOf(deployment.engine);
  const topology = topologyOf(deployment);
  const folder = keptFolder(deployment, generation);
  const kept = new Map(
    found.flatMap(({ address, records }) => {
      const own = records.get(generation);
      const host = facts[address];
      const tagged = host?.reachable ? host.docker.images[own?.deployment.image ?? ''] : undefined;
      return (own?.nodes ?? []).map((node) => {
        const isMoved = own !== undefined && tagged !== own.imageId;
        return [node.node, restored(node, deployment, folder, isMoved ? own.imageId : null)] as const;
      });
    }),
  );
  // in the order of the topology, as plans have it
  const nodes = Object.fromEntries(
    topology.nodes.flatMap(({ name }) => (kept.has(name) ? [[name, kept.get(name)!]] : [])),
  );
  const desired: Desired = { nodes, unknown: [] };
  return {
    deployment,
    topology,
    engine,
    inputs: { ...NO_INPUTS, files: digestsThen(record) },
    facts,
    desired,
    kept: { generation, run, inputs: record.inputs ?? {}, because },
  };
}

/** Of local files that may not be on this machine, by the paths that the record's deployment has. */
function digestsThen({ inputs = {}, deployment }: KeptRecord): ClusterView['inputs']['files'] {
  const files = Object.entries(inputs).map(
    ([path, sha256]) => [join(deployment.directory, path), { sha256, sizeBytes: 0 }] as const,
  );
  return Object.fromEntries(files);
}

/** @param imageId of the image it ran, where its name is now another's */
function restored(node: KeptNode, deployment: Deployment, folder: string, imageId: string | null): DesiredNode {
  const { container, artifacts } = node;
  const at = container.run.lastIndexOf(container.image);
  return {
    ...node,
    artifacts: artifacts.map((artifact) => fromHost(artifact, folder, deployment)),
    container: imageId === null ? container : { ...container, image: imageId, run: container.run.with(at, imageId) },
  };
}

/** From the copies that the host keeps itself. */
function fromHost(artifact: Artifact<KeptFile>, folder: string, deployment: Deployment): Artifact {
  const { bring } = artifact;
  if (bring.kind === 'install') return { ...artifact, bring };
  if (bring.kind === 'sync')
    return { ...artifact, bring: { ...bring, from: `${folder}/${bring.from}`, isOnHost: true } };
  const copyOf = (file: KeptFile): DesiredFile => ({
    ...file,
    content: { hostPath: `${folder}/${keptPath(file.path, deployment)}` },
  });
  return { ...artifact, bring: { ...bring, files: bring.files.map(copyOf) } };
}

/** Below the generation's folder. */
export function keptPath(path: string, { statePath, name }: Deployment): string {
  return `files/${path.slice(clusterPaths(statePath, name).folder.length + 1)}`;
}

/** Logins and the key of requests are those of today; the rest is as it was. */
function withLogins(then: Deployment, now: Deployment): Deployment {
  const logins = new Map(topologyOf(now).hosts.map(({ address, login }) => [address, login]));
  const loginOf = (address: string): Login => logins.get(address)!;
  const group = (found: Group): Group => ({
    ...found,
    hosts: found.hosts.map((host) => ({ ...host, login: loginOf(host.address) })),
  });
  return {
    ...then,
    file: now.file,
    directory: now.directory,
    ssh: now.ssh,
    apiKey: now.apiKey,
    prefill: then.prefill.map(group),
    decode: then.decode.map(group),
    mixed: then.mixed.map(group),
    proxy: then.proxy && { ...then.proxy, login: loginOf(then.proxy.host) },
  };
}
