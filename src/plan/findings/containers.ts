import type { ReachedHost } from '../../facts/facts.ts';
import { foreignInTheWay } from '../foreign.ts';
import { foreignHint, foreignText } from '../foreignWords.ts';
import { type Examined, type Finding, findingOn } from './finding.ts';

export function containerProblems({ topology, desired, portsOf }: Examined, found: ReachedHost): Finding[] {
  const nodes = Object.values(desired.nodes).filter((node) => node.host === found.address);
  const problems = foreignInTheWay(topology, found, nodes, portsOf).map((foreign) =>
    findingOn(found.address).error(
      foreign.nameOf !== null ? 'foreign-container' : foreign.dies.length > 0 ? 'dies-held' : 'port-taken',
      foreignText(foreign),
      foreignHint(foreign),
    ),
  );
  for (const container of found.docker.containers) {
    const name = container.labels['omniplace.node'];
    if (container.labels['omniplace.cluster'] !== topology.cluster || nodes.some((node) => node.node === name))
      continue;
    problems.push(
      findingOn(found.address).warning(
        'leftover-node',
        `container ${container.name} is of this cluster, but ${name ?? 'its node'} is no node of this deployment on this host`,
        `docker rm -f ${container.name} on that host`,
      ),
    );
  }
  return problems;
}
