import { type Examined, type Finding, findingOn } from './finding.ts';

/** Facts that a reached host could not give. Of hosts that were not reached nothing more need be said. */
export function missingFacts({ desired, facts }: Examined): Finding[] {
  const seen = new Set<string>();
  return desired.unknown.flatMap((unknown): Finding[] => {
    const key = `${unknown.host} ${unknown.fact}`;
    if (seen.has(key) || facts[unknown.host]?.reachable !== true) return [];
    seen.add(key);
    return [
      unknown.of === 'this-machine'
        ? findingOn(unknown.host).error(
            'local-file-missing',
            `${unknown.fact} does not exist on this machine, and ${unknown.node}'s ${unknown.blocks} need${unknown.blocks === 'files' ? '' : 's'} it`,
            'make it, or mend its path in the deployment file',
          )
        : findingOn(unknown.host).error(
            'fact-missing',
            `${unknown.fact} is not known of this host, ${unknown.node}'s ${unknown.blocks} needs it`,
            null,
          ),
    ];
  });
}
