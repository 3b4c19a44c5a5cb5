import type { Deployment } from '../deployment/deployment.ts';
import type { ProbeRequest } from '../facts/facts.ts';
import { readDockerRun } from '../shell/readDockerRun.ts';
import { clusterPaths, nodePaths, tookPath } from '../topology/paths.ts';
import type { PortRange, ServerNode, Topology } from '../topology/topology.ts';
import type { ArtifactPaths } from './artifact.ts';
import { boundPorts } from './boundPorts.ts';
import type { Desired, DesiredNode } from './desired.ts';
import { desiredOf } from './desiredOf.ts';
import { codeDialect, type DialectReader, dialectFacts } from './dialectReader.ts';
import type { Engine } from './engine.ts';
import type { ExpertControl } from './expertControl.ts';
import type { LocalInputs } from './inputs.ts';
import { modelIndex, modelPathsOn } from './modelPaths.ts';

const NO_PATHS: ArtifactPaths = { files: [], markers: [], tree: null };

/** What to ask of each host, so that its facts decide every difference: known before any fact is. */
export function probeRequests(
  deployment: Deployment,
  topology: Topology,
  engine: Engine,
  inputs: LocalInputs,
  /** As far as it is known before any fact. */
  wanted: Pick<Desired, 'nodes'> = desiredOf(engine, deployment, topology, {}, inputs),
): Readonly<Record<string, ProbeRequest>> {
  const router = engine.router?.(deployment, topology) ?? null;
  const portsOf = boundPorts(engine, deployment, topology);
  const dialect = dialectRequest(engine.dialect?.(deployment) ?? null, deployment.image, inputs);
  const { lease, run, kept, desired, wrote } = clusterPaths(deployment.statePath, deployment.name);
  const requests = topology.hosts.map((host): [string, ProbeRequest] => {
    const nodes = topology.nodes.filter((node) => node.host === host.address);
    const paths = nodes.map((node) => nodePaths(deployment.statePath, deployment.name, node.name));
    const servers = nodes.filter((node) => node.role !== 'proxy');
    const models = modelPathsOn(host.address, { deployment, topology, engine });
    const artifacts = nodes.map((node) =>
      node.role === 'proxy' ? (router?.artifactPaths ?? NO_PATHS) : engine.artifactPaths(node, deployment, topology),
    );
    const markers = paths.flatMap(({ run, started, ready, exit }, i) => [
      ...artifacts[i]!.markers,
      started,
      ready,
      exit,
      tookPath(run),
    ]);
    return [
      host.address,
      {
        address: host.address,
        cluster: deployment.name,
        accelerator: deployment.accelerator,
        images: unique([deployment.image, ...(router?.node.host === host.address ? [router.container().image] : [])]),
        paths: unique([...models, ...nodes.flatMap(({ name }) => takenPaths(wanted.nodes[name]))]),
        ...(models.length > 0 ? { trees: models } : {}),
        digests: unique([...artifacts.flatMap(({ files }) => files), ...models.map(modelIndex)]),
        texts: unique([lease, run, kept, desired, wrote, ...markers, ...models.map((path) => `${path}/config.json`)]),
        freeOf: unique([deployment.statePath, deployment.logPath]),
        written: [lease],
        disks: unique(['/', deployment.logPath, ...(dumpsOf(servers, engine.experts)?.folders ?? [])]),
        code: artifacts.find(({ tree }) => tree !== null)?.tree ?? null,
        dumps: dumpsOf(servers, engine.experts),
        dies: unique(servers.flatMap((node) => node.dies)).sort((a, b) => a - b),
        ports: unique(nodes.flatMap(portsOf).flatMap(portsIn)).sort((a, b) => a - b),
        ...(dialect === null ? {} : { dialect }),
      },
    ];
  });
  return Object.fromEntries(requests);
}

/** Paths of the host that a container mounts or is given as devices, but for folders that omniplace makes. */
function takenPaths(node: DesiredNode | undefined): string[] {
  if (node === undefined) return [];
  const { mounts, devices } = readDockerRun(node.container.run);
  const isMade = (path: string) => node.container.folders.some((made) => `${made}/`.startsWith(`${path}/`));
  return [...mounts.map(({ source }) => source).filter((source) => !isMade(source)), ...devices];
}

function dumpsOf(servers: readonly ServerNode[], experts: ExpertControl | undefined): ProbeRequest['dumps'] {
  if (!experts?.recorded) return null;
  const folders = unique(servers.flatMap(({ settings }) => experts.placed(settings).recordFolder ?? []));
  return { functions: experts.recorded.functions, folders };
}

function dialectRequest(
  reader: DialectReader | null,
  image: string,
  inputs: LocalInputs,
): NonNullable<ProbeRequest['dialect']> | null {
  if (reader === null) return null;
  if (reader.tree !== null) return codeDialect(reader, inputs);
  const { folder, files } = reader;
  return { image, folder, files, read: (imageId, texts) => dialectFacts(reader, imageId, texts) };
}

function portsIn({ from, to }: PortRange): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
