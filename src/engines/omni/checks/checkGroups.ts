import type { Deployment } from '../../../deployment/deployment.ts';
import { DEVICES_KEYS } from '../../../deployment/devicesKey.ts';
import type { Fault } from '../../../deployment/fault.ts';
import type { Positions } from '../../../deployment/positions.ts';
import { capital } from '../../../topology/checkContext.ts';
import type { Topology } from '../../../topology/topology.ts';
import { writtenAt } from '../../../topology/writtenAt.ts';
import { omniSettings } from '../settings.ts';

/** Groups that OmniInfer can't serve, or was not made for. */
export function* checkGroups(deployment: Deployment, topology: Topology, position: Positions): Generator<Fault> {
  yield* unequalDies(deployment, topology, position);
  yield* unknownBuildHost(deployment, topology, position);
  yield* severalDecodeGroups(deployment, position);
}

function* unequalDies({ file }: Deployment, { instances }: Topology, position: Positions): Generator<Fault> {
  for (const { group, role } of instances) {
    const counts = group.hosts.map((host) => host.dies.length);
    const odd = group.hosts.findIndex((_, i) => counts[i] !== counts[0]);
    if (odd < 0) continue;
    const { address } = group.hosts[odd]!;
    const what = `${role} ${group.name} has ${counts[0]} dies on ${group.hosts[0]!.address}, but ${counts[odd]} on ${address}.`;
    const isPrefill = role === 'prefill';
    yield {
      code: 'unequal_dies',
      severity: isPrefill ? 'error' : 'warning',
      message: capital(what),
      hint: isPrefill
        ? 'A prefill instance is one tensor-parallel group: it needs as many dies on each of its hosts.'
        : 'OmniPlacement takes every host to have as many dies as the first when it looks for a replica near by.',
      file,
      ...writtenAt(position, { role, name: group.name, address }, DEVICES_KEYS),
    };
  }
}

function* unknownBuildHost(deployment: Deployment, topology: Topology, position: Positions): Generator<Fault> {
  const { file } = deployment;
  const { buildHost } = omniSettings(deployment);
  const hosts = [...new Set(topology.nodes.flatMap(({ role, host }) => (role === 'proxy' ? [] : [host])))];
  if (buildHost === null || hosts.includes(buildHost)) return;
  const path = 'services.build_host';
  yield {
    code: 'unknown_build_host',
    severity: 'error',
    message: `No server of this deployment runs on \`${buildHost}\`, so there is no container to build wheels in.`,
    hint: `Its hosts: ${hosts.join(', ')}.`,
    file,
    path,
    ...position(path),
  };
}

function* severalDecodeGroups({ decode, file }: Deployment, position: Positions): Generator<Fault> {
  const second = decode[1];
  if (!second) return;
  const path = `deployment.decode.${second.name}`;
  yield {
    code: 'several_decode_groups',
    severity: 'warning',
    message: `There are ${decode.length} decode groups; OmniInfer vouches for one.`,
    hint: 'Each gets a kv_rank, ranks and a master of its own. One group of all the hosts is what OmniInfer is made for.',
    file,
    path,
    ...position(path),
  };
}
