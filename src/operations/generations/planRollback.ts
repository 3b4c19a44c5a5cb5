import type { Deployment, Group, Login } from '../../deployment/deployment.ts';
import { type Artifact, filesOf } from '../../engines/artifact.ts';
import type { Desired, DesiredNode } from '../../engines/desired.ts';
import type { DesiredFile } from '../../engines/desiredFile.ts';
import { engineOf } from '../../engines/index.ts';
import { probeRequests } from '../../engines/probeRequest.ts';
import { topologyOf } from '../../engines/topologyOf.ts';
import type { Facts } from '../../facts/facts.ts';
import { planDigest } from '../../plan/makePlan.ts';
import { stopStep } from '../../plan/phases/stopServer.ts';
import type { Step } from '../../plan/step.ts';
import { quote, quoteWord } from '../../shell/quote.ts';
import type { Kept } from '../../state/kept.ts';
import { clusterPaths } from '../../topology/paths.ts';
import type { OpenHost } from '../../transport/host.ts';
import { askHosts } from '../cluster/askHosts.ts';
import { buildClusterView, type ClusterView, clusterProbeRequests, planOf } from '../cluster/clusterView.ts';
import { NO_INPUTS } from '../cluster/localInputs.ts';
import type { Planned, ServeContext } from '../cluster/planned.ts';
import { type HostKept, keptFolder, readKept } from './readKept.ts';
import { type KeptFile, type KeptNode, treesOf } from './record.ts';

/** A plan back to a generation that served, or why there is none. */
export type RollbackPlan =
  | { readonly planned: Planned; readonly target: Kept }
  /** `unreachable`: what could be done is not known, because a host did not answer. */
  | { readonly refused: readonly string[]; readonly unreachable: boolean };

/**
 * Plans the way back from what the hosts themselves keep: their files, code and image, nothing of this machine.
 * @param wanted a run's id, or its beginning; null: what served last before what is there now
 */
export async function planRollback(
  deployment: Deployment,
  wanted: string | null,
  context: ServeContext,
): Promise<RollbackPlan> {
  const now = topologyOf(deployment);
  const { open } = context.pool;
  const addresses = now.hosts.map((host) => host.address);
  const found = await readKept(open, addresses, deployment, context.signal);
  const silent = found.flatMap(({ address, problem }) => (problem === null ? [] : [`${address}: ${problem}`]));
  if (silent.length > 0) return { refused: silent, unreachable: true };

  const target = chooseTarget(found, wanted);
  if (typeof target === 'string') return { refused: [target], unreachable: false };
  const record = found.map(({ records }) => records.get(target.generation)).find((each) => each !== undefined);
  if (record === undefined)
    return { refused: [`no host has generation ${target.generation.slice(0, 12)} any more`], unreachable: false };
  const missing = [
    ...record.hosts
      .filter((host) => !addresses.includes(host))
      .map((host) => `${host}: the deployment names it no more`),
    ...found
      .filter(({ address, records }) => record.hosts.includes(address) && !records.has(target.generation))
      .map(({ address }) => `${address}: it does not keep generation ${target.generation.slice(0, 12)}`),
  ];
  if (missing.length > 0) return { refused: missing, unreachable: false };

  const then = withLogins(record.deployment, deployment);
  const damaged = await findDamage(open, found, target, then, context.signal);
  if (damaged.length > 0) return { refused: damaged, unreachable: false };
  const facts = await askFacts(then, deployment, found, target, context);
  const clusterView = clusterViewOf(then, found, target, facts);
  const plan = planOf(clusterView);
  const steps = [...withoutThose(buildClusterView(deployment, NO_INPUTS, facts), clusterView), ...plan.steps];
  return {
    target,
    planned: {
      clusterView,
      problems: [],
      whole: true,
      plan: { ...plan, generation: target.generation, steps, digest: planDigest(steps) },
    },
  };
}

/** The last on every host's list that is not what the hosts were made last; in words why there is none. */
function chooseTarget(found: readonly HostKept[], wanted: string | null): Kept | string {
  const [first] = found.filter(({ kept }) => kept.length > 0);
  const everywhere = (first?.kept ?? []).filter(({ generation }) =>
    found.every(({ kept }) => kept.length === 0 || kept.some((other) => other.generation === generation)),
  );
  if (everywhere.length === 0) return 'no generation that served is kept on the hosts: nothing to go back to';
  const list = everywhere.map(({ run, generation }) => `run ${run} (generation ${generation.slice(0, 12)})`).join(', ');
  if (wanted !== null) {
    const matching = everywhere.filter(({ run }) => run.startsWith(wanted));
    return matching.length === 1
      ? matching[0]!
      : `no generation of run ${wanted} is kept on every host; there is ${list}`;
  }
  const made = found.map(({ run }) => run?.generation).find((generation) => generation !== undefined);
  const before = everywhere.filter(({ generation }) => generation !== made);
  return before.at(-1) ?? `only what is there now is kept: ${list}`;
}

/** What of a kept generation is gone or was written into, one sentence per host and thing. */
async function findDamage(
  open: OpenHost,
  found: readonly HostKept[],
  target: Kept,
  deployment: Deployment,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const folder = keptFolder(deployment, target.generation);
  const checks = found.map(async ({ address, records }): Promise<string[]> => {
    const record = records.get(target.generation);
    if (record === undefined) return [];
    const files = record.nodes.flatMap(filesOf);
    const places = files.map((file) => keptPath(file.path, deployment));
    const trees = treesOf(record.nodes);
    const script = [
      `cd -- ${quoteWord(folder)} || exit`,
      places.length === 0 ? ':' : `${quote(['sha256sum', '--', ...places])} 2>/dev/null`,
      'echo image',
      `${quote(['docker', 'image', 'inspect', '--format', '{{.Id}}', '--', record.imageId])} 2>/dev/null`,
      ...trees.flatMap(({ name }) => [
        `echo tree ${name}`,
        `[ ! -f ${name}.sums ] || (cd ${name} && LC_ALL=C sha256sum -c --quiet ../${name}.sums 2>/dev/null)`,
      ]),
      ':',
    ].join('\n');
    const { stdout } = await (await open(address, signal)).run(script, { signal, deadlineMs: 5 * 60_000 });
    const [sums = '', image = '', ...damagedTrees] = stdout.split(/^(?:image|tree \S+)\n/m);
    const damaged = files.filter((file, at) => !sums.includes(`${file.sha256}  ${places[at]}`));
    const lines = damagedTrees.map((text) => text.trim().split('\n').filter(Boolean));
    return [
      ...damaged.map((file) => `${address}: its copy of ${file.path} is gone or was changed`),
      ...trees.flatMap(({ what }, at) =>
        (lines[at] ?? []).map((line) => `${address}: its copy of the ${what} was changed (${line})`),
      ),
      ...(image.trim() === '' ? [`${address}: image ${record.imageId} is gone`] : []),
    ];
  });
  return (await Promise.all(checks)).flat();
}

/** What the kept generation is compared by, and what runs on hosts that it does not have. */
function askFacts(
  then: Deployment,
  now: Deployment,
  found: readonly HostKept[],
  { generation }: Kept,
  context: ServeContext,
): Promise<Facts> {
  const asked = probeRequests(then, topologyOf(then), engineOf(then.engine), NO_INPUTS);
  const withImages = Object.entries(asked).map(([address, request]) => {
    const id = found.find((host) => host.address === address)?.records.get(generation)?.imageId;
    return [address, id === undefined ? request : { ...request, images: [...request.images, id] }] as const;
  });
  const requests = { ...clusterProbeRequests(now, NO_INPUTS), ...Object.fromEntries(withImages) };
  return askHosts(requests, context);
}

/** As `buildClusterView`, but what should be is what was kept, not what an engine would make of it today. */
function clusterViewOf(
  deployment: Deployment,
  found: readonly HostKept[],
  { generation }: Kept,
  facts: Facts,
): ClusterView {
  const engine = engineOf(deployment.engine);
  const topology = topologyOf(deployment);
  const folder = keptFolder(deployment, generation);
  const kept = new Map(
    found.flatMap(({ address, records }) => {
      const record = records.get(generation);
      const host = facts[address];
      const tagged = host?.reachable ? host.docker.images[record?.deployment.image ?? ''] : undefined;
      return (record?.nodes ?? []).map((node) => {
        const isMoved = record !== undefined && tagged !== record.imageId;
        return [node.node, restored(node, deployment, folder, isMoved ? record.imageId : null)] as const;
      });
    }),
  );
  // in the order of the topology, as plans have it
  const nodes = Object.fromEntries(
    topology.nodes.flatMap(({ name }) => (kept.has(name) ? [[name, kept.get(name)!]] : [])),
  );
  const desired: Desired = { nodes, unknown: [] };
  return { deployment, topology, engine, inputs: NO_INPUTS, facts, desired };
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
function keptPath(path: string, { statePath, name }: Deployment): string {
  return `files/${path.slice(clusterPaths(statePath, name).folder.length + 1)}`;
}

/** Ends servers that the deployment has now and the kept generation has not. */
function withoutThose({ topology, desired, facts }: ClusterView, then: ClusterView): Step[] {
  return topology.nodes.flatMap(({ name, role }) => {
    const node = desired.nodes[name];
    const host = node && facts[node.host];
    if (!node || then.desired.nodes[name]?.host === node.host || !host?.reachable) return [];
    const runs = host.processes.some((process) => process.node === node.server.identity);
    return runs ? [stopStep(node, role, 'the generation to go back to has no such node')] : [];
  });
}

/** Who goes back brings the logins of today; the rest is as it was. */
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
    prefill: then.prefill.map(group),
    decode: then.decode.map(group),
    mixed: then.mixed.map(group),
    proxy: then.proxy && { ...then.proxy, login: loginOf(then.proxy.host) },
  };
}
