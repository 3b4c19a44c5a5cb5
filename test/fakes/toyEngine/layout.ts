import type { Group } from '../../../src/deployment/deployment.ts';
import type { HostLayout, InstanceLayout } from '../../../src/topology/layout.ts';
import type { Reasoned } from '../../../src/topology/reasoned.ts';
import type { NodeName, ServerNode } from '../../../src/topology/topology.ts';

/** Each host of an instance is a stage of its pipeline; only the first has an API server. */
export function toyLayout({ hosts }: Group): InstanceLayout {
  const numDies = hosts[0]!.dies.length;
  return {
    tensorParallel: reasoned(numDies, 'the dies of a host share each layer'),
    dataParallel: reasoned(1, 'a toy does one thing at a time'),
    pipelineParallel: reasoned(hosts.length, 'one stage per host'),
    // a stage has layers of its own, and all of their experts
    expertParallel: numDies,
    kv: null,
    hosts: hosts.map(
      (_, stage): HostLayout => ({
        part: stage === 0 ? 'master' : 'headless',
        numServers: reasoned(stage === 0 ? 1 : 0, 'the first stage answers'),
        serverOffset: reasoned(0, 'there is one server'),
        rankOffset: reasoned(0, 'each stage counts its own ranks'),
      }),
    ),
  };
}

/** Three waves: decode, the first prefill instance, which numbers the others, then those. */
export function toyOrder(nodes: readonly ServerNode[]): readonly (readonly NodeName[])[] {
  const namesOf = (isWanted: (node: ServerNode) => boolean) => nodes.filter(isWanted).map(({ name }) => name);
  return [
    namesOf(({ role }) => role === 'decode'),
    namesOf(({ role, instance }) => role !== 'decode' && instance === 0),
    namesOf(({ role, instance }) => role !== 'decode' && instance > 0),
  ];
}

function reasoned(value: number, because: string): Reasoned<number> {
  return { value, because };
}
