import { acceleratorOf } from '../../accelerators/index.ts';
import { driverFolderOf, isMissing } from '../../engines/acceleratorPart.ts';
import type { ReachedHost } from '../../facts/facts.ts';
import { shortDigest } from '../../files/digests.ts';
import { gib, size } from '../../files/sizes.ts';
import { containerOf } from '../../plan/containerChange.ts';
import { plural } from '../../report/plural.ts';
import { readDockerRun } from '../../shell/readDockerRun.ts';
import type { ServerNode } from '../../topology/topology.ts';
import { nodeRuns } from '../cluster/serving.ts';
import type { Examination } from './examination.ts';
import { numberRanges } from './numberRanges.ts';
import type { Subject } from './subjects.ts';

/** What was looked at and is right, or is not known. */
export interface Statement {
  readonly state: 'ok' | 'fault' | 'unknown';
  readonly text: string;
  /** The next command. */
  readonly next?: string;
}

/** Not the driver's own program, which did not answer. */
const SEE_KERNEL = 'see whether the driver is installed and loaded: dmesg | tail -n 50';

type State = (examination: Examination, host: ReachedHost) => Statement | null;

/** For each subject without a finding; null: it does not concern the host. */
export const STATEMENTS: Readonly<Record<Subject, State>> = {
  connection: (_, { hostname, kernel, arch }) => ok(`logged in to ${hostname} (Linux ${kernel}, ${arch})`),
  tools: (_, { tools }) => {
    const here = Object.entries(tools).flatMap(([name, isHere]) => (isHere ? [name] : []));
    return ok(`${here.join(', ')} found`);
  },
  docker: (_, { docker }) => ok(`docker ${docker.version ?? 'of an unknown version'} answers`),
  image: ({ view }, { docker }) => {
    const id = docker.images[view.deployment.image];
    return id == null ? null : ok(`${view.deployment.image} is on the host (${shortDigest(id)})`);
  },
  engine: (_, { dialect }) =>
    dialect === undefined ? null : dialect.problem === null ? ok('what it accepts was read') : unknown(dialect.problem),
  driver: (examination, host) => driver(examination, host),
  devices: (examination, host) => devices(examination, host),
  health: (examination, host) => health(examination, host),
  processes: (examination, host) => processes(examination, host),
  addresses: ({ view }, { deviceIps, machine }) => {
    const { network } = acceleratorOf(view.deployment.accelerator);
    const dies = Object.keys(deviceIps).map(Number);
    if (network === undefined || dies.length === 0) return null;
    const pings = machine.pingsDies ? '' : '; dies of other hosts can not be pinged from here';
    return ok(`${plural(dies.length, 'device IP')}: ${deviceIps[dies[0]!]} and on${pings}`);
  },
  model: (examination, host) => model(examination, host),
  mounts: ({ view }, host) => {
    const nodes = Object.values(view.desired.nodes).filter((node) => node.host === host.address);
    const sources = new Set(nodes.flatMap(({ container }) => readDockerRun(container.run).mounts.map((m) => m.source)));
    const dies = serversOn({ view }, host.address).flatMap((node) => node.dies);
    const part = acceleratorOf(view.deployment.accelerator).container(dies, driverFolderOf(host));
    const left = part.mounts.map((mount) => mount.split(':')[0]!).filter((source) => isMissing(source, part, host));
    const without = left.length === 0 ? '' : `; not on the host and so left out: ${left.join(', ')}`;
    return ok(`${plural(sources.size, 'path')} to mount, all there${without}`);
  },
  memory: (_, { machine: { memoryBytes, availableBytes } }) =>
    memoryBytes === null || availableBytes === null
      ? unknown('/proc/meminfo could not be read')
      : ok(`${gib(availableBytes)} of ${gib(memoryBytes)} GiB available`),
  disk: (_, { freeBytes }) =>
    ok(
      Object.entries(freeBytes)
        .map(([path, bytes]) => `${size(bytes)} free at ${path}`)
        .join(', '),
    ),
  network: (_, { interfaceName, address, machine }) => {
    const mtu = machine.interfaces.find(({ name }) => name === interfaceName)?.mtu;
    return interfaceName === null
      ? unknown('no interface found', `ip -4 addr; ip route`)
      : ok(`${interfaceName} carries ${address}${mtu == null ? '' : `, MTU ${mtu}`}`);
  },
  ports: ({ view, portsOf }, host) => {
    const ranges = view.topology.nodes.filter((node) => node.host === host.address).flatMap(portsOf);
    if (ranges.length === 0) return null;
    const listed = ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`));
    return ok(`${listed.join(', ')} free, or held by this cluster`);
  },
  clock: (_, { clock }) => ok(`${Math.abs(clock.aheadMs)} ms apart from this machine`),
  containers: ({ view }, host) => {
    const nodes = Object.values(view.desired.nodes).filter((node) => node.host === host.address);
    const states = nodes.map((node) => {
      const container = containerOf(node, host);
      if (container === undefined) return `${node.node} has no container yet`;
      if (!container.running) return `${node.node}'s is ${container.status}`;
      return nodeRuns(node.node, view) ? `${node.node} runs` : `${node.node}'s is up, without a server`;
    });
    return ok(states.join(', '));
  },
};

export function serversOn({ view }: Pick<Examination, 'view'>, address: string): readonly ServerNode[] {
  return view.topology.nodes.flatMap((node) => (node.host === address && node.role !== 'proxy' ? [node] : []));
}

function driver({ view }: Examination, host: ReachedHost): Statement | null {
  const { probe } = acceleratorOf(view.deployment.accelerator);
  if (probe === undefined || serversOn({ view }, host.address).length === 0) return null;
  const found = Object.entries(probe.versions).flatMap(([name, called]) =>
    host.machine.software[name] === undefined ? [] : [`${called} ${host.machine.software[name]}`],
  );
  return found.length > 0 ? ok(found.join(', ')) : unknown('no version of it was found', probe.listDies);
}

function devices({ view }: Examination, host: ReachedHost): Statement | null {
  const { probe } = acceleratorOf(view.deployment.accelerator);
  const servers = serversOn({ view }, host.address);
  if (probe === undefined || servers.length === 0) return null;
  const uses = servers.map(({ name, dies }) => `${name} uses ${numberRanges(dies)}`).join(', ');
  const { dieNodes } = host.machine;
  if (dieNodes.length > 0) return ok(`${plural(dieNodes.length, 'device')} seen: ${numberRanges(dieNodes)} (${uses})`);
  return {
    state: 'fault',
    text: `no device is seen in /dev, and ${uses}`,
    next: `see whether the driver is loaded: ${probe.listDies}; dmesg | tail -n 50`,
  };
}

function health({ view, dies }: Examination, host: ReachedHost): Statement | null {
  const { health: asked, probe } = acceleratorOf(view.deployment.accelerator);
  const used = new Set(serversOn({ view }, host.address).flatMap((node) => node.dies));
  if (asked === undefined || used.size === 0) return null;
  const found = (dies[host.address] ?? []).filter(({ die }) => used.has(die));
  const { driverSilent } = host.machine;
  if (found.length === 0 && driverSilent !== undefined)
    return unknown(`the driver did not answer how its devices are: ${driverSilent}`, SEE_KERNEL);
  if (found.length === 0)
    return unknown('the driver did not answer how its devices are', probe?.listDies ?? 'see the log of the driver');
  const missed = [...used].filter((die) => !found.some((each) => each.die === die));
  if (missed.length > 0) return unknown(`the driver does not list ${numberRanges(missed)}`, probe!.listDies);
  const hottest = Math.max(...found.map(({ temperatureC }) => temperatureC ?? Number.NEGATIVE_INFINITY));
  return ok(`${numberRanges([...used])} healthy${Number.isFinite(hottest) ? `, up to ${hottest} °C` : ''}`);
}

function processes({ view }: Examination, host: ReachedHost): Statement | null {
  const servers = serversOn({ view }, host.address);
  if (acceleratorOf(view.deployment.accelerator).probe === undefined || servers.length === 0) return null;
  const { dieProcesses, driverSilent } = host.machine;
  if (dieProcesses === null && driverSilent !== undefined)
    return unknown(`the driver did not answer what runs on its devices: ${driverSilent}`, SEE_KERNEL);
  if (dieProcesses === null) return unknown('the driver was not asked what runs on its devices');
  const busy = servers.flatMap(({ name }) => (nodeRuns(name, view) ? [name] : []));
  return ok(busy.length === 0 ? 'none on the devices' : `on the devices only those of ${busy.join(', ')}`);
}

function model({ view, modelIn }: Examination, host: ReachedHost): Statement | null {
  const { modelPath } = view.deployment;
  if (serversOn({ view }, host.address).length === 0) return null;
  const answers = Object.entries(modelIn[host.address] ?? {});
  const blind = answers.flatMap(([container, sees]) => (sees === false ? [container] : []));
  if (blind.length > 0)
    return {
      state: 'fault',
      text: `${blind.join(', ')} can't read ${modelPath}/${host.trees?.[modelPath]?.config?.name ?? 'config.json'}, which the host has`,
      next: `compare in the container and on the host: docker exec ${blind[0]} ls -laL ${modelPath}; the container keeps the mounts that it was made with`,
    };
  const seen = answers.flatMap(([container, sees]) => (sees === true ? [container] : []));
  const links = Object.keys(host.trees?.[modelPath]?.links ?? {}).length;
  const inside = links === 0 ? '' : `, ${plural(links, 'link')} inside the mounts`;
  return ok(`${modelPath}${inside}${seen.length === 0 ? '' : `, read by ${seen.join(', ')}`}`);
}

function ok(text: string): Statement {
  return { state: 'ok', text };
}

function unknown(text: string, next?: string): Statement {
  return { state: 'unknown', text, ...(next === undefined ? {} : { next }) };
}
