import { mean } from '../../../files/means.ts';
import { countReplicas, layerSlots, type Placement } from '../../../placement/index.ts';
import { COLOR_STYLE, COPIES, classIn, PICTURE_STYLE, RANK_LOAD } from '../../../report/charts/colors.ts';
import { lineChart, type Series } from '../../../report/charts/lineChart.ts';
import { heatCells, text } from '../../../report/charts/svg.ts';
import { overMean } from '../pageData.ts';
import type { Pictures, PipelinePicture } from '../pipeline.ts';

/** The tool's pictures, drawn as SVG. */
export const pictures: Pictures = { view, heat, bars, ratio };

const WIDTH = 1080;
const MARGIN = 46;

/** How often each expert is deployed, and how many experts each rank holds: layers from top to bottom. */
function view(placement: Placement, title: string): string {
  const { layers, ranks, experts, slotsPerRank } = placement;
  const copies = new Int32Array(layers * experts);
  const held = new Int32Array(layers * ranks);
  for (let layer = 0; layer < layers; layer++) {
    const slots = layerSlots(placement, layer);
    copies.set(countReplicas(slots, experts), layer * experts);
    for (const [slot, expert] of slots.entries()) {
      if (expert >= 0) held[layer * ranks + Math.floor(slot / slotsPerRank[layer]!)]! += 1;
    }
  }
  const most = held.reduce((a, b) => Math.max(a, b));
  const height = panelHeight(layers);
  return picture(2 * height + 2 * MARGIN + 20, title, [
    text(0, 14, title, 'name'),
    text(
      0,
      36,
      `copies of each expert (across: experts 0 to ${experts - 1}; down: layers 0 to ${layers - 1}); coloured: 2, 3, 4 to 7, 8 or more`,
    ),
    heatCells({ columns: experts, rows: layers, values: copies, classOf: classIn(COPIES) }, panel(MARGIN, height)),
    text(
      0,
      MARGIN + height + 28,
      `experts on each rank (across: ranks 0 to ${ranks - 1}); dark: ${most}, light: fewer`,
    ),
    heatCells(
      { columns: ranks, rows: layers, values: held, classOf: (count) => (count === most ? 's2' : 's0') },
      panel(MARGIN + height + 38, height),
    ),
  ]);
}

/** The load of each rank over the mean of its layer, one panel per placement, one scale for all. */
function heat(pictures: readonly PipelinePicture[]): string {
  const { layers, ranks } = pictures[0]!.placement;
  const height = panelHeight(layers);
  const step = height + 34;
  const ends = RANK_LOAD.ends.join(', ');
  return picture(pictures.length * step + 40, 'Rank loads', [
    text(
      0,
      14,
      `load of each rank (across: 0 to ${ranks - 1}) over its layer's mean (down: layers 0 to ${layers - 1}); blue to red: up to ${ends}, more`,
    ),
    ...pictures.flatMap(({ name, rankLoad }, i) => [
      text(0, 40 + i * step, name, 'name'),
      heatCells(
        { columns: ranks, rows: layers, values: overMean(rankLoad, ranks, 1), classOf: classIn(RANK_LOAD) },
        panel(48 + i * step, height),
      ),
    ]),
  ]);
}

/** The hottest rank of each layer; dashed: what perfect balance would give. */
function bars(pictures: readonly PipelinePicture[]): string {
  const { layers, ranks } = pictures[0]!.placement;
  const perLayer = (rankLoad: Float64Array, pick: (loads: Float64Array) => number) =>
    Array.from({ length: layers }, (_, layer) => pick(rankLoad.subarray(layer * ranks, (layer + 1) * ranks)));
  const best = perLayer(pictures[0]!.rankLoad, mean);
  return standalone(
    lineChart({
      label: 'load of the hottest rank of each layer, in steps of 128 tokens',
      series: pictures.map(({ name, rankLoad }, i) =>
        seriesOf(
          name,
          i,
          perLayer(rankLoad, (loads) => loads.reduce((a, b) => Math.max(a, b))),
        ),
      ),
      from: 0,
      along: 'layer; up: load of its hottest rank, in steps of 128 tokens',
      best: { value: best, label: 'even load' },
      height: 360,
    }),
  );
}

/** Peak over average of each layer. */
function ratio(pictures: readonly PipelinePicture[]): string {
  return standalone(
    lineChart({
      label: 'peak over average of each layer',
      series: pictures.map(({ name, par }, i) => seriesOf(name, i, par)),
      from: 1,
      along: 'layer; up: hottest rank over average',
      best: { value: 1, label: '1.0' },
      height: 360,
    }),
  );
}

function seriesOf(label: string, index: number, values: ArrayLike<number>): Series {
  return { label, className: `line-${index % 6}`, values };
}

function panelHeight(layers: number): number {
  return Math.max(40, Math.min(460, layers * 7));
}

function panel(y: number, height: number) {
  return { x: 0, y, width: WIDTH, height };
}

function picture(height: number, label: string, parts: readonly string[]): string {
  return standalone(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${label}">${parts.join('')}</svg>`,
  );
}

/** A file of its own needs its own styles and ground. */
function standalone(drawing: string): string {
  const [, width, height] = drawing.match(/viewBox="0 0 (\d+) (\d+)"/)!;
  const frame = `viewBox="-20 -20 ${Number(width) + 40} ${Number(height) + 40}" width="${Number(width) + 40}" height="${Number(height) + 40}"`;
  const style = `<style>${COLOR_STYLE}\n${PICTURE_STYLE}</style><rect x="-20" y="-20" width="100%" height="100%" style="fill:var(--paper)"/>`;
  return `${drawing.replace(/viewBox="[^"]*"( role="img" aria-label="[^"]*")>/, `${frame}$1>${style}`)}\n`;
}
