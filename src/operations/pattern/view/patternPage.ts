import { mean } from '../../../files/means.ts';
import { COLOR_STYLE, PICTURE_STYLE } from '../../../report/charts/colors.ts';
import { escapeXml } from '../../../report/charts/svg.ts';
import type { PageData } from '../pageData.ts';
import { parText, percentText, slotsText } from './patternBuild.ts';
import { expertSection, heatSection, rankSection } from './patternLoadSections.ts';
import { moveSection, replicaSection } from './patternMoveSections.ts';
import { PAGE_STYLE } from './patternPageStyle.ts';
import { episodeSection, layerSection } from './patternParSections.ts';

/** A page with pictures of what was built: no script, nothing from elsewhere, light, dark and printable. */
export function patternPage(data: PageData): string {
  const { answer, title } = data;
  const sections = [
    heatSection(data),
    layerSection(data),
    ...(data.episodes > 1 ? [episodeSection(data)] : []),
    rankSection(data),
    expertSection(data),
    replicaSection(data),
    moveSection(data),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeXml(title)} – expert placement</title>
<style>${COLOR_STYLE}
${PICTURE_STYLE}
${PAGE_STYLE}</style></head><body><main>
<header><p class="kicker">expert placement</p><h1>${escapeXml(title)}</h1>
<p class="lead">${answer.layers} layers × ${answer.experts} experts on ${answer.ranks} ranks, ${slotsText(answer.slotsPerRank)}; placed by ${answer.solver} for ${answer.split} split. Load of ${data.episodes} ${data.episodes === 1 ? 'episode' : 'episodes'}.</p>
${tiles(data)}</header>
${sections.join('\n')}
<footer>${terms(data)}</footer>
</main></body></html>
`;
}

function tiles({ answer, beforeName, episodes, split, before, after }: PageData): string {
  const highest = (values: Float64Array) => values.reduce((a, b) => Math.max(a, b), 1);
  const extra = answer.ranks * answer.layers;
  const tile = (value: string, name: string, note: string) =>
    `<div class="tile"><b>${value}</b><span>${name}</span><small>${note}</small></div>`;
  const from = (values: Float64Array) => `<s>${mean(values).toFixed(3)}</s>`;
  return `<div class="tiles">${[
    tile(
      `${from(before.par)} ${mean(after.par).toFixed(3)}`,
      `PAR, mean of layers, ${split} split`,
      `${beforeName} → now`,
    ),
    tile(
      `<s>${highest(before.par).toFixed(3)}</s> ${highest(after.par).toFixed(3)}`,
      'PAR of the worst layer',
      `${beforeName} → now`,
    ),
    ...(episodes > 1
      ? [
          tile(
            `${from(before.parEpisodes)} ${mean(after.parEpisodes).toFixed(3)}`,
            'PAR per episode',
            `mean of ${episodes} episodes and ${answer.layers} layers`,
          ),
        ]
      : []),
    tile(percentText(answer.gap), 'above the lower bound', `no placement is below ${parText(answer.lowerBoundMean)}`),
    tile(
      answer.movedExperts.toLocaleString('en'),
      'experts move',
      `${(answer.movedExperts / extra).toFixed(1)} per rank and layer, from ${beforeName}`,
    ),
    tile(percentText(answer.crossHostShare), 'of the tokens leave their host', 'under affine routing'),
  ].join('')}</div>`;
}

function terms({ split, answer }: PageData): string {
  return `<dl><dt>PAR</dt><dd>Peak over average: the load of the hottest rank over the mean of all ranks. 1 is perfect balance; a layer is as slow as its hottest rank.</dd>
<dt>uniform split</dt><dd>Every copy of an expert takes an even share of its tokens.</dd>
<dt>affine split</dt><dd>Every source rank uses one fixed copy: its own, else one on its host, else one elsewhere. OmniPlacement routes so on decode.</dd>
<dt>This page</dt><dd>shows the ${split} split, made by omniplace pattern build. The placement was verified: every expert is placed, ${answer.duplicates === 0 ? 'none' : `${answer.duplicates} slots hold one that stands`} twice on a rank.</dd></dl>`;
}
