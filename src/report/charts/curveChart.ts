import { mean } from '../../files/means.ts';
import { escapeXml, ticks } from './svg.ts';
export interface Curve {
  readonly name: string;
  /** y at each x */
  readonly values: readonly number[];
}

export interface ChartTexts {
  readonly title: string;
  readonly caption: string;
  readonly format: (value: number) => string;
  /** nothing lies below */
  readonly floor?: number;
  /** the values stay faint behind their running mean: single stalls would hide the other curves */
  readonly smooth?: boolean;
}

const WIDTH = 900;
const HEIGHT = 260;
const LEFT = 70;
const BOTTOM = 34;
const TOP = 12;
const RIGHT = 12;

/** Lines over steps, one class per curve (`s0`..) so that the page's style decides their colours. `xs` are steps. */
export function curveChart(
  xs: readonly number[],
  curves: readonly Curve[],
  { title, caption, format, floor, smooth = false }: ChartTexts,
): string {
  const range = rangeOf(curves.flatMap(({ values }) => values));
  const { high } = range;
  const low = floor === undefined || floor >= high ? range.low : Math.max(floor, range.low);
  const last = Math.max(1, xs.at(-1) ?? 1);
  const x = (step: number) => LEFT + ((WIDTH - LEFT - RIGHT) * step) / last;
  const y = (value: number) => HEIGHT - BOTTOM - ((HEIGHT - BOTTOM - TOP) * (value - low)) / (high - low);
  const pathOf = (values: readonly number[]) =>
    values.map((value, j) => `${j === 0 ? 'M' : 'L'}${x(xs[j]!).toFixed(1)} ${y(value).toFixed(1)}`).join('');
  const raw = smooth ? curves.map(({ values }, i) => `<path class="raw s${i}" d="${pathOf(values)}"/>`) : [];
  const lines = curves.map(({ name, values }, i) => {
    const path = pathOf(smooth ? runningMean(values) : values);
    return `<path class="curve s${i}" d="${path}"><title>${escapeXml(name)}</title></path>`;
  });
  const grid = ticks(low, high, 5).map(
    (tick) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}"/>` +
      `<text class="tick end" x="${LEFT - 8}" y="${(y(tick) + 4).toFixed(1)}">${escapeXml(format(tick))}</text>`,
  );
  const steps = ticks(0, last, 5).map(
    (tick) => `<text class="tick mid" x="${x(tick).toFixed(1)}" y="${HEIGHT - 12}">${tick.toLocaleString('en')}</text>`,
  );
  return `<figure><figcaption><b>${escapeXml(title)}</b> ${escapeXml(caption)}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeXml(title)}">${grid.join('')}${steps.join('')}${raw.join('')}${lines.join('')}</svg></figure>`;
}

/** Of each value and its neighbours, a fortieth of the curve in all; what is far below them stays as it is, and out of the means. */
function runningMean(values: readonly number[]): number[] {
  const reach = Math.floor(values.length / 80);
  const sorted = values.toSorted((a, b) => a - b);
  const isOut = (value: number) => value < 0.1 * sorted[sorted.length >> 1]!;
  return values.map((value, i) => {
    if (isOut(value)) return value;
    const near = values.slice(Math.max(0, i - reach), i + reach + 1).filter((one) => !isOut(one));
    return mean(near);
  });
}

const COLUMNS = 150;
const ROWS = 64;
const LEVELS = 20;

/** Ranks from top to bottom, steps from left to right; darker than the middle is above the mean, fainter below. [column][rank] */
export function rankStrip(name: string, loads: readonly (readonly number[])[], index: number): string {
  const columns = merge(loads, COLUMNS);
  const rows = columns.map((column) =>
    merge(
      column.map((value) => [value]),
      ROWS,
    ).map(([value]) => value!),
  );
  const height = 96;
  const cellHeight = height / (rows[0]?.length ?? 1);
  const cellWidth = (WIDTH - LEFT - RIGHT) / Math.max(1, rows.length);
  const levels: string[] = new Array(LEVELS + 1).fill('');
  for (const [c, column] of rows.entries()) {
    const even = mean(column);
    for (const [r, value] of column.entries()) {
      const over = even === 0 ? 1 : value / even;
      const level = Math.round(LEVELS * Math.min(1, Math.max(0, (over - 0.5) / 1.5)));
      // whole numbers, so that neighbours share their edges
      const [left, right] = [c, c + 1].map((at) => Math.round(LEFT + at * cellWidth)) as [number, number];
      const [top, bottom] = [r, r + 1].map((at) => Math.round(at * cellHeight * 4) / 4) as [number, number];
      levels[level] += `M${left} ${top}H${right}V${bottom}H${left}z`;
    }
  }
  // one path per shade: thousands of rectangles would make the page large and slow to print
  const cells = levels.map((path, level) => (path === '' ? '' : `<path opacity="${level / LEVELS}" d="${path}"/>`));
  return `<figure class="strip"><figcaption><i class="key s${index}"></i>${escapeXml(name)}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="rank loads of ${escapeXml(name)}"><text class="tick end" x="${LEFT - 8}" y="12">rank 0</text><text class="tick end" x="${LEFT - 8}" y="${height - 3}">rank ${(loads[0]?.length ?? 1) - 1}</text><g class="heat" shape-rendering="crispEdges">${cells.join('')}</g></svg></figure>`;
}

/** Rows averaged into at most `most`. */
function merge(rows: readonly (readonly number[])[], most: number): number[][] {
  const count = Math.min(most, rows.length);
  return Array.from({ length: count }, (_, i) => {
    const part = rows.slice(Math.floor((i * rows.length) / count), Math.floor(((i + 1) * rows.length) / count));
    return part[0]!.map((_, k) => part.reduce((sum, row) => sum + row[k]!, 0) / part.length);
  });
}

function rangeOf(values: readonly number[]): { low: number; high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!(high > low)) return { low: Math.min(0, low || 0), high: (high || 0) + 1 };
  // from zero where zero is near, so that small differences don't look large
  return { low: low < 0.4 * high ? 0 : low - 0.05 * (high - low), high: high + 0.04 * (high - low) };
}
