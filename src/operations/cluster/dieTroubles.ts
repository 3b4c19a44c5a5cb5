import type { DieHealth } from '../../accelerators/accelerator.ts';
import { acceleratorOf } from '../../accelerators/index.ts';
import type { ClusterView } from './clusterView.ts';

export interface DieTrouble {
  readonly text: string;
  /** Its driver calls it unwell; else it is hot. */
  readonly isUnwell: boolean;
  /** Else it is a minor alarm, if it is not unwell either. */
  readonly isHot: boolean;
}

/** What is not well with the dies of a host that servers use. */
export function dieTroubles(
  host: string,
  dies: readonly DieHealth[],
  { deployment, topology }: ClusterView,
): readonly DieTrouble[] {
  const hotC = acceleratorOf(deployment.accelerator).health?.hotC ?? Number.POSITIVE_INFINITY;
  const nodes = topology.nodes.filter((node) => node.host === host);
  return dies.flatMap(({ die, problem, isMinor = false, temperatureC }) => {
    const node = nodes.find((each) => each.role !== 'proxy' && each.dies.includes(die));
    if (node === undefined) return [];
    const who = `die ${die} of ${node.name}`;
    return [
      ...(problem === null
        ? []
        : [
            {
              text: isMinor ? `${who} has a minor alarm: ${problem}` : `${who} is not well: ${problem}`,
              isUnwell: !isMinor,
              isHot: false,
            },
          ]),
      ...(temperatureC !== null && temperatureC > hotC
        ? [{ text: `${who} has ${temperatureC} °C, over ${hotC} °C`, isUnwell: false, isHot: true }]
        : []),
    ];
  });
}
