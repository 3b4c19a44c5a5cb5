import { mean } from '../../../files/means.ts';
import { classIn, legend, PAR } from '../../../report/charts/colors.ts';
import { lineChart } from '../../../report/charts/lineChart.ts';
import type { PageData, PageSide } from '../pageData.ts';
import { heatPicture } from './patternLoadSections.ts';

/** PAR of each layer, of the load of all episodes together. */
export function layerSection({ before, after, bound, beforeName, split }: PageData): string {
  const best = { value: bound, label: 'lower bound' };
  const now = { label: 'now', className: 'line-after', values: after.par };
  const was = { label: `before (${beforeName})`, className: 'line-before', values: before.par };
  return `<section><h2>PAR of each layer</h2>
<p>Hottest rank over average, under ${split} split, of the whole load. Below, the placement alone on its own scale.</p>
${lineChart({ label: 'PAR per layer before and now', series: [was, now], from: 1, along: 'layer', best })}
${lineChart({ label: 'PAR per layer now', series: [now], from: 1, along: 'layer', best, height: 170 })}</section>`;
}

/** PAR of each episode: mean and worst layer, then every layer by itself. */
export function episodeSection(data: PageData): string {
  const { answer, before, after, beforeName, episodes } = data;
  const perEpisode = (side: PageSide, pick: (pars: number[]) => number) =>
    Array.from({ length: episodes }, (_, episode) =>
      pick(Array.from({ length: answer.layers }, (_, layer) => side.parEpisodes[layer * episodes + episode]!)),
    );
  const series = [
    { label: `before (${beforeName}), mean of layers`, className: 'line-before', values: perEpisode(before, mean) },
    { label: 'now, mean of layers', className: 'line-after', values: perEpisode(after, mean) },
    { label: 'now, worst layer', className: 'line-2', values: perEpisode(after, (pars) => Math.max(...pars)) },
  ];
  const map = (side: PageSide, name: string) =>
    heatPicture(
      { values: side.parEpisodes, columns: episodes, rows: answer.layers, classOf: classIn(PAR) },
      name,
      'episode',
      520,
    );
  return `<section><h2>PAR of each episode</h2>
<p>One placement serves all episodes: how well it does in each of them.</p>
${lineChart({ label: 'PAR per episode', series, from: 1, along: 'episode', best: { value: 1, label: 'perfect' } })}
<div class="pair"><div><h3>before (${beforeName})</h3>${map(before, 'PAR per layer and episode before')}</div><div><h3>now</h3>${map(after, 'PAR per layer and episode now')}</div></div>
${legend(PAR)}</section>`;
}
