import { classIn, EXPERT_LOAD, legend, RANK_LOAD } from '../../../report/charts/colors.ts';
import { heatCells, line, short, svg, text } from '../../../report/charts/svg.ts';
import type { PageData, PageSide } from '../pageData.ts';

/** Rank loads before and after, on one scale. */
export function heatSection(data: PageData): string {
  const { answer, before, after, beforeName, split } = data;
  const map = (side: PageSide, name: string) =>
    heatPicture(
      { values: side.rankLoad, columns: answer.ranks, rows: answer.layers, classOf: classIn(RANK_LOAD) },
      name,
      'rank',
      520,
    );
  return `<section><h2>Load of the ranks</h2>
<p>Each cell is a rank in a layer: its load under ${split} split over the mean of the layer. Red ranks make everyone wait.</p>
<div class="pair"><div><h3>before (${beforeName})</h3>${map(before, 'rank loads before')}</div><div><h3>now</h3>${map(after, 'rank loads now')}</div></div>
${legend(RANK_LOAD)}</section>`;
}

/** How unequal experts are. */
export function expertSection({ answer, expertLoad }: PageData): string {
  const { experts, layers } = answer;
  return `<section><h2>Load of the experts</h2>
<p>Tokens of each expert over the mean of its layer: what the placement has to balance.</p>
${heatPicture({ values: expertLoad, columns: experts, rows: layers, classOf: classIn(EXPERT_LOAD) }, 'expert loads', 'expert', 1080)}
${legend(EXPERT_LOAD)}</section>`;
}

/** Ranks of each layer from hottest to coolest: before in the back, now in front, the best possible as a line. */
export function rankSection({ answer, before, after, bound, beforeName }: PageData): string {
  const { layers, ranks } = answer;
  const figures = Array.from({ length: layers }, (_, layer) => {
    const row = (side: PageSide) =>
      side.rankLoad
        .slice(layer * ranks, (layer + 1) * ranks)
        .sort()
        .reverse();
    return `<figure>${rankBars(row(before), row(after), bound[layer]!, layer)}<figcaption><span>layer ${layer}</span><b>${after.par[layer]!.toFixed(3)}</b></figcaption></figure>`;
  });
  return `<section><h2>Ranks of each layer, hottest first</h2>
<p>Grey: ${beforeName}. Green: now. Dashed: the lowest peak any placement can have. The number is the PAR now.</p>
<div class="small">${figures.join('')}</div></section>`;
}

const SMALL = { width: 170, height: 78 };
/** what does not fit is cut off at this multiple of the mean */
const HIGHEST = 2.5;

function rankBars(before: Float64Array, after: Float64Array, bound: number, layer: number): string {
  const { width, height } = SMALL;
  const y = (load: number) => height - (height * Math.min(load, HIGHEST)) / HIGHEST;
  const steps = (loads: Float64Array, gap: number) => {
    const step = width / loads.length;
    return Array.from(
      loads,
      (load, i) =>
        `M${short(i * step + gap * step)} ${height}V${short(y(load))}h${short(step * (1 - 2 * gap))}V${height}z`,
    ).join('');
  };
  const label = `layer ${layer}: hottest rank ${before[0]!.toFixed(2)} times the mean before, ${after[0]!.toFixed(2)} now`;
  return svg(
    width,
    height,
    label,
    `<title>${label}</title><path class="fill-before" d="${steps(before, 0)}"/><path class="fill-after" d="${steps(after, after.length > 64 ? 0 : 0.12)}"/>${line(0, y(bound), width, y(bound), 'line-best')}`,
  );
}

interface Cells {
  readonly values: ArrayLike<number>;
  readonly columns: number;
  readonly rows: number;
  readonly classOf: (value: number) => string | null;
}

/** A heat map with its layers numbered on the left, what runs across named below. */
export function heatPicture(cells: Cells, label: string, across: string, width: number): string {
  const left = 34;
  const height = Math.max(60, Math.min(420, cells.rows * 7));
  const numbers = [0, Math.floor((cells.rows - 1) / 2), cells.rows - 1].filter((row, i, all) => all.indexOf(row) === i);
  const columns = [0, Math.floor((cells.columns - 1) / 2), cells.columns - 1].filter(
    (column, i, all) => all.indexOf(column) === i,
  );
  const x = (column: number) => left + ((width - left) * (column + 0.5)) / cells.columns;
  return svg(
    width,
    height + 20,
    label,
    [
      ...numbers.map((row) => text(left - 6, (height * (row + 0.5)) / cells.rows + 4, String(row), 'tick', 'end')),
      heatCells(cells, { x: left, y: 0, width: width - left, height }),
      ...columns.map((column, i) =>
        text(
          x(column),
          height + 15,
          i === 0 ? `${across} ${column}` : String(column),
          'tick',
          anchor(i, columns.length, (width - left) / cells.columns),
        ),
      ),
    ].join(''),
  );
}

/** Labels of narrow columns at the edges stay within the picture. */
function anchor(index: number, count: number, columnWidth: number): string {
  if (columnWidth > 80) return 'middle';
  if (index === 0) return 'start';
  return index === count - 1 ? 'end' : 'middle';
}
