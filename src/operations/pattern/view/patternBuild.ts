import { duration } from '../../../files/durations.ts';
import type { Migration } from '../../../placement/index.ts';
import type { BuildAnswer, Built } from '../build.ts';
import type { Locality } from '../keepLocal.ts';
import type { SurviveAnswer } from '../survive.ts';

/** What was built, in a few lines. @param report the file of its page */
export function buildText({ answer, problem, migration, survive }: Built, report?: string): string {
  const { episodes } = problem.load;
  const before = migration === null ? 'base' : 'old';
  const lines: (readonly [string, string])[] = [
    [
      'placement',
      `${answer.layers} layers x ${answer.experts} experts on ${answer.ranks} ranks, ${slotsText(answer.slotsPerRank)}`,
    ],
    ['solver', `${answer.solver}, ${answer.split} split, ${duration(answer.solveMs)}`],
    [
      'PAR',
      `${parText(answer.parMean)} mean, ${parText(answer.parMax)} worst layer (uniform ${parText(answer.parMeanUniform)}, affine ${parText(answer.parMeanAffine)})`,
    ],
    ...(episodes > 1
      ? [['', `${parText(answer.parEpisodeMean)} mean over ${episodes} episodes`] as [string, string]]
      : []),
    [
      '',
      `${parText(answer.parBeforeMean)} ${before} before; no placement is below ${parText(answer.lowerBoundMean)} (gap ${percentText(answer.gap)})`,
    ],
    ['moves', movesText(answer, before, migration)],
    ...(answer.locality === undefined
      ? [
          [
            'traffic',
            `${percentText(answer.crossHostShare)} of the tokens leave their host under affine routing`,
          ] as const,
        ]
      : localityLines(answer.locality)),
    ['loss', survive === null ? lossText(answer) : coverText(answer, survive)],
    ...(answer.duplicates > 0
      ? [['duplicates', `${answer.duplicates} slots hold an expert their rank holds already`] as [string, string]]
      : []),
    [
      'verified',
      'every expert is placed, slots and limits are as asked' +
        (answer.duplicates === 0 ? ', no expert twice on a rank' : ''),
    ],
    ['written', answer.out ?? 'nothing: name a file with --out'],
    ...(report === undefined ? [] : [['report', report] as const]),
  ];
  return lines.map(([name, text]) => `${name.padEnd(11)}${text}`).join('\n');
}

function localityLines(locality: Locality): [string, string][] {
  const { acrossHosts, acrossHostsBefore, leastAcrossHosts, acrossSupernodes, acrossSupernodesBefore } = locality;
  const bound = leastAcrossHosts === null ? '' : `; no placement lets fewer than ${percentText(leastAcrossHosts)}`;
  const supernodes =
    acrossSupernodes === null || acrossSupernodesBefore === null
      ? []
      : [`${percentText(acrossSupernodes)} leave their supernode, ${percentText(acrossSupernodesBefore)} before`];
  const routing = locality.routing === 'affine' ? 'near first' : 'replicas drawn evenly';
  const starts = locality.sources === 'even' ? 'starting evenly' : 'starting as measured';
  const nothing = locality.routing === 'uniform' && locality.sources === 'even';
  return [
    `${percentText(acrossHosts)} of the tokens leave their host, ${percentText(acrossHostsBefore)} before${bound}`,
    ...supernodes,
    `${routing}, tokens ${starts}: PAR ${parText(locality.parMean)}, ${parText(locality.parMeanBefore)} before (${percentText(locality.parCost)} more were allowed)`,
    ...(nothing ? ['under this routing the same share leaves whatever the placement; see docs/simulate.md'] : []),
  ].map((text, i) => [i === 0 ? 'traffic' : '', text]);
}

export function slotsText(slotsPerRank: number | readonly number[]): string {
  if (typeof slotsPerRank === 'number') return `${slotsPerRank} slots each`;
  return `${Math.min(...slotsPerRank)} to ${Math.max(...slotsPerRank)} slots each, by layer`;
}

/** `1.0032` */
export function parText(value: number): string {
  return value.toFixed(4);
}

/** `0.31 %` */
export function percentText(share: number): string {
  const value = 100 * share;
  return `${Math.abs(value) < 0.005 ? '0' : value.toFixed(Math.abs(value) < 10 ? 2 : 1)} %`;
}

function movesText(answer: BuildAnswer, before: string, migration: Migration | null): string {
  const text = `${answer.movedExperts} experts in ${answer.layersChanged} layers, from the ${before} placement`;
  if (migration === null) return text;
  const batches = migration.layers.reduce((sum, layer) => sum + layer.batches.length, 0);
  return `${text}: ${migration.numTransfers} transfers, ${migration.numCrossHost} of them between hosts, in ${batches} batches (simulated)`;
}

function lossText({ uncoveredIfOneRankLost, layers, experts }: BuildAnswer): string {
  if (uncoveredIfOneRankLost === 0) return 'any one rank may be lost: every expert stands on two or more';
  return `${uncoveredIfOneRankLost} of ${layers * experts} experts stand on one rank only`;
}

function coverText({ layers, experts }: BuildAnswer, survive: SurviveAnswer): string {
  const { unit, covered, lostExperts, leastLostExperts, slotsToCoverAll } = survive;
  if (covered) return `any one ${unit} may be lost: every expert stands on two or more`;
  const least = lostExperts === leastLostExperts ? 'that is the least' : `at least ${leastLostExperts} must`;
  return `${lostExperts} of ${layers * experts} experts stand on one ${unit} only; with these slots ${least}, with --slots ${slotsToCoverAll} none`;
}
