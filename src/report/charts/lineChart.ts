import { line, polyline, short, svg, text, ticks } from './svg.ts';

export interface Series {
  readonly label: string;
  /** CSS class of its line, see PICTURE_STYLE */
  readonly className: string;
  readonly values: ArrayLike<number>;
}

export interface LineChart {
  readonly label: string;
  readonly series: readonly Series[];
  /** where the vertical axis starts */
  readonly from: number;
  /** under the horizontal axis */
  readonly along: string;
  readonly best?: { readonly value: number | ArrayLike<number>; readonly label: string } | undefined;
  readonly height?: number;
}

const WIDTH = 1080;
const LEFT = 56;
const RIGHT = 14;
const TOP = 26;
const BOTTOM = 38;

/** Lines over layers or episodes, with an axis that starts at `from`. */
export function lineChart({ label, series, from, along, best, height = 240 }: LineChart): string {
  const count = Math.max(...series.map(({ values }) => values.length));
  const bestAt = (i: number) => (typeof best?.value === 'number' ? best.value : (best?.value[i] ?? from));
  const highest = Math.max(from + 1e-9, ...series.flatMap(({ values }) => Array.from(values)));
  const top = from + (highest - from) * 1.06;
  const x = (i: number) => LEFT + ((WIDTH - LEFT - RIGHT) * (i + 0.5)) / count;
  const y = (value: number) => TOP + ((height - TOP - BOTTOM) * (top - value)) / (top - from);
  const across = ticks(0, top - from, 5).map((step) => {
    const value = from + step;
    return (
      line(LEFT, y(value), WIDTH - RIGHT, y(value), 'grid') +
      text(LEFT - 8, y(value) + 4, tickText(value), 'tick', 'end')
    );
  });
  const below = ticks(0, count - 1, 12)
    .filter(Number.isInteger)
    .map((i) => text(x(i), height - BOTTOM + 16, String(i), 'tick', 'middle'));
  const lines = series.map(({ values, className }) =>
    marks(
      Array.from(values, (value, i) => [x(i), y(value)] as const),
      className,
    ),
  );
  const bestPoints = Array.from({ length: count }, (_, i) => [x(i), y(bestAt(i))] as const);
  return svg(
    WIDTH,
    height,
    label,
    [
      ...across,
      ...below,
      text((LEFT + WIDTH - RIGHT) / 2, height - 6, along, 'tick', 'middle'),
      ...(best === undefined
        ? []
        : [polyline([[LEFT, bestPoints[0]![1]], ...bestPoints, [WIDTH - RIGHT, bestPoints.at(-1)![1]]], 'line-best')]),
      ...lines,
      keys([...series, ...(best === undefined ? [] : [{ label: best.label, className: 'line-best' }])]),
    ].join(''),
  );
}

/** A single point is not a line: it gets a dash. */
function marks(points: readonly (readonly [number, number])[], className: string): string {
  const [first] = points;
  if (points.length !== 1 || first === undefined) return polyline(points, className);
  return line(first[0] - 20, first[1], first[0] + 20, first[1], className);
}

function keys(series: readonly { readonly label: string; readonly className: string }[]): string {
  let x = LEFT;
  return series
    .map(({ label, className }) => {
      const key = line(x, 12, x + 22, 12, className) + text(x + 28, 16, label);
      x += 28 + 6.6 * label.length + 26;
      return key;
    })
    .join('');
}

/** Bars next to each other, one per value. */
export function barChart(chart: { label: string; values: ArrayLike<number>; along: string; height?: number }): string {
  const { label, values, along, height = 170 } = chart;
  const top = Math.max(1, ...Array.from(values)) * 1.06;
  const step = (WIDTH - LEFT - RIGHT) / values.length;
  const y = (value: number) => TOP + ((height - TOP - BOTTOM) * (top - value)) / top;
  const across = ticks(0, top, 3).map(
    (value) =>
      line(LEFT, y(value), WIDTH - RIGHT, y(value), 'grid') +
      text(LEFT - 8, y(value) + 4, tickText(value), 'tick', 'end'),
  );
  const bars = Array.from(values, (value, i) => {
    const x = LEFT + i * step + step * 0.12;
    return value === 0 ? '' : `M${short(x)} ${short(y(0))}V${short(y(value))}h${short(step * 0.76)}V${short(y(0))}z`;
  });
  const below = ticks(0, values.length - 1, 12)
    .filter(Number.isInteger)
    .map((i) => text(LEFT + (i + 0.5) * step, height - BOTTOM + 16, String(i), 'tick', 'middle'));
  const foot = text((LEFT + WIDTH - RIGHT) / 2, height - 6, along, 'tick', 'middle');
  return svg(
    WIDTH,
    height,
    label,
    [...across, `<path class="fill-after" d="${bars.join('')}"/>`, ...below, foot].join(''),
  );
}

function tickText(value: number): string {
  return String(Math.round(value * 10_000) / 10_000);
}
