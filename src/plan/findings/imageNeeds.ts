import { acceleratorOf } from '../../accelerators/index.ts';
import type { ReachedHost } from '../../facts/facts.ts';
import { type Examined, type Finding, findingOn } from './finding.ts';

/** Images of servers that need a newer driver than the host has. */
export function imageNeeds({ topology, desired, deployment }: Examined, host: ReachedHost): Finding[] {
  const { unmet } = acceleratorOf(deployment.accelerator).probe ?? {};
  const { driver } = host.machine.software;
  if (unmet === undefined || driver === undefined) return [];
  const seen = new Set<string>();
  return topology.nodes.flatMap((node): Finding[] => {
    const container = desired.nodes[node.name]?.container;
    if (node.role === 'proxy' || node.host !== host.address || container === undefined || seen.has(container.image))
      return [];
    seen.add(container.image);
    const ofImage = host.docker.imageVariables?.[container.image] ?? {};
    const found = unmet({ ...ofImage, ...givenVariables(container.run, Object.keys(ofImage)) }, driver);
    if (found === null) return [];
    return [
      findingOn(host.address)[found.isFatal ? 'error' : 'warning'](
        'driver-old',
        `image ${container.image} ${found.message}`,
        found.hint,
      ),
    ];
  });
}

/** What `docker run -e NAME=value` sets. */
function givenVariables(run: readonly string[], names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    run.flatMap((word) => {
      const [, name, value] = /^(?:--env=|-e)?([A-Z0-9_]+)=(.*)$/.exec(word) ?? [];
      return name !== undefined && (names.includes(name) || name.startsWith('NVIDIA_'))
        ? [[name, value!] as const]
        : [];
    }),
  );
}
