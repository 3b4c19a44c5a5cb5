import { COPIES, classIn, legend } from '../../../report/charts/colors.ts';
import { barChart } from '../../../report/charts/lineChart.ts';
import type { PageData } from '../pageData.ts';
import { heatPicture } from './patternLoadSections.ts';

/** How many copies every expert has. */
export function replicaSection({ answer, replicas }: PageData): string {
  const { experts, layers } = answer;
  const copied = replicas.filter((copies) => copies > 1).length;
  const most = replicas.reduce((a, b) => Math.max(a, b));
  const slots = replicas.reduce((a, b) => a + b, 0);
  return `<section><h2>Replicas of each expert</h2>
<p>${copied} of ${layers * experts} experts have more than one copy, at most ${most}; ${slots - layers * experts} slots are redundant.</p>
${heatPicture({ values: replicas, columns: experts, rows: layers, classOf: classIn(COPIES) }, 'replicas of each expert', 'expert', 1080)}
${legend(COPIES)}</section>`;
}

/** What has to be sent to get there. */
export function moveSection({ answer, arrivals, beforeName, hostFlows }: PageData): string {
  const { layers, ranks, movedExperts, layersChanged } = answer;
  const byLayer = new Float64Array(layers);
  const byRank = new Float64Array(ranks);
  for (const [i, count] of arrivals.entries()) {
    byLayer[Math.floor(i / ranks)]! += count;
    byRank[i % ranks]! += count;
  }
  return `<section><h2>Moves</h2>
<p>${movedExperts.toLocaleString('en')} experts arrive on ranks that did not hold them under the ${beforeName} placement, in ${layersChanged} of ${layers} layers.</p>
<h3>by layer</h3>${barChart({ label: 'moves by layer', values: byLayer, along: 'layer; up: experts that arrive' })}
<h3>by rank</h3>${barChart({ label: 'moves by rank', values: byRank, along: 'rank; up: experts that arrive, all layers' })}
${hostFlows === null ? '' : flowTable(hostFlows)}</section>`;
}

function flowTable(flows: readonly (readonly number[])[]): string {
  const head = flows.map((_, host) => `<th>to ${host}</th>`).join('');
  const rows = flows.map(
    (row, host) => `<tr><th>host ${host}</th>${row.map((count) => `<td>${count}</td>`).join('')}</tr>`,
  );
  return `<h3>between hosts</h3><table><tr><th></th>${head}</tr>${rows.join('')}</table>`;
}
