/** Numbers on a grid, drawn as coloured cells; `classOf` gives the CSS class of a value, null leaves the cell empty. */
export interface HeatMap {
  readonly columns: number;
  readonly rows: number;
  /** row-major */
  readonly values: ArrayLike<number>;
  readonly classOf: (value: number) => string | null;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** One path per class, runs of equal cells as one rectangle: a map of 22,000 cells stays below 200 kB. */
export function heatCells({ columns, rows, values, classOf }: HeatMap, { x, y, width, height }: Box): string {
  const paths = new Map<string, string>();
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; ) {
      const name = classOf(values[row * columns + column]!);
      let end = column + 1;
      while (end < columns && classOf(values[row * columns + end]!) === name) end++;
      if (name !== null) {
        const run = end - column;
        paths.set(name, `${paths.get(name) ?? ''}M${column} ${row}h${run}v1h-${run}z`);
      }
      column = end;
    }
  }
  const drawn = [...paths].sort().map(([name, path]) => `<path class="${name}" d="${path}"/>`);
  return `<svg x="${x}" y="${y}" width="${width}" height="${height}" viewBox="0 0 ${columns} ${rows}" preserveAspectRatio="none" shape-rendering="crispEdges">${drawn.join('')}</svg>`;
}

export function svg(width: number, height: number, label: string, body: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(label)}">${body}</svg>`;
}

export function text(x: number, y: number, content: string, className = 'tick', anchor = 'start'): string {
  return `<text x="${short(x)}" y="${short(y)}" class="${className}" text-anchor="${anchor}">${escapeXml(content)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, className: string): string {
  return `<path class="${className}" d="M${short(x1)} ${short(y1)}L${short(x2)} ${short(y2)}"/>`;
}

export function polyline(points: readonly (readonly [number, number])[], className: string): string {
  return `<path class="${className}" d="M${points.map(([x, y]) => `${short(x)} ${short(y)}`).join('L')}"/>`;
}

/** Steps such as 0, 20, 40 within `low` .. `high`, about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  const rough = Math.max(high - low, 1e-9) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const first = Math.ceil(low / step);
  const numTicks = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: numTicks }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

export function escapeXml(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** At most two decimals: pictures need no more, files are smaller. */
export function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}
