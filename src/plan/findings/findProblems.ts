import { clockProblems } from './clock.ts';
import { containerProblems } from './containers.ts';
import { deviceIpProblems, dieAddressProblems, dieProblems } from './devices.ts';
import { dieStateProblems } from './dieStates.ts';
import { dockerDifferences, dockerProblems } from './docker.ts';
import { dialectProblems } from './engineCode.ts';
import { type Examined, type Finding, findingOn } from './finding.ts';
import { imageNeeds } from './imageNeeds.ts';
import { memoryDifferences, memoryProblems } from './memory.ts';
import { missingFacts } from './missing.ts';
import { modelInContainerProblems } from './modelInContainer.ts';
import { mountProblems } from './mounts.ts';
import { addressProblems, networkDifferences } from './network.ts';
import { modelDifferences, pathProblems } from './paths.ts';
import { portProblems } from './ports.ts';
import { versionDifferences } from './versions.ts';

/** All that the facts speak against, host by host, then between hosts. Pure: `--facts FILE` gives the same answer as the wire. */
export function findProblems(examined: Examined): readonly Finding[] {
  const { topology, facts } = examined;
  const alone = topology.hosts.flatMap(({ address }): Finding[] => {
    const found = facts[address];
    if (!found) {
      const hint = 'probe it: leave out --facts, or add it to the facts file';
      return [findingOn(address).error('host-unreachable', 'no facts of this host', hint)];
    }
    if (!found.reachable) return [findingOn(address).error('host-unreachable', found.reason, null)];
    return [
      ...dockerProblems(examined, found),
      ...pathProblems(examined, found),
      ...modelInContainerProblems(examined, found),
      ...mountProblems(examined, found),
      ...memoryProblems(examined, found),
      ...containerProblems(examined, found),
      ...dieProblems(examined, found),
      ...dieAddressProblems(examined, found),
      ...dieStateProblems(examined, found),
      ...imageNeeds(examined, found),
      ...portProblems(examined, found),
      ...addressProblems(examined, found),
      ...clockProblems(found),
    ];
  });
  return [
    ...alone,
    ...deviceIpProblems(examined),
    ...dockerDifferences(examined),
    ...dialectProblems(examined),
    ...versionDifferences(examined),
    ...modelDifferences(examined),
    ...memoryDifferences(examined),
    ...networkDifferences(examined),
    ...missingFacts(examined),
  ];
}
