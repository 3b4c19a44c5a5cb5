import { table } from '../../../report/table.ts';
import type { PipelineAnswer } from '../pipeline.ts';

/** The files that were made and what the patterns gain. */
export function pipelineText(answer: PipelineAnswer): string {
  const { csv, baseParMean, baseParMax, baseLoadBalanceDegree, patterns, analysis } = answer;
  const made = patterns.filter(({ problem }) => problem === null);
  const failed = patterns.filter(({ problem }) => problem !== null);
  const rows = [
    ['', 'PAR', 'worst', 'load balance degree', 'reduction'],
    ['base', baseParMean.toFixed(4), baseParMax.toFixed(4), String(baseLoadBalanceDegree), ''],
    ...made.map(({ kind, specialLayers, parMean, parMax, loadBalanceDegree, reductionPercent }) => [
      `${kind}, ${specialLayers} layers`,
      parMean!.toFixed(4),
      parMax!.toFixed(4),
      String(Math.round(loadBalanceDegree!)),
      `${reductionPercent!.toFixed(2)} %`,
    ]),
  ];
  return [
    ...table(rows),
    '',
    csv,
    ...made.flatMap(({ file, view }) => [file!, view!]),
    ...analysis,
    ...failed.map(({ kind, specialLayers, problem }) => `NOT MADE: ${kind}, ${specialLayers} layers: ${problem}`),
  ].join('\n');
}
