// Draws docs/pictures/architecture.svg: the rooms of src in layers, and who imports whom. The places are a table here, the
// arrows are read from the code.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

// Where each room is drawn: row from the top, first column and number of columns of COLUMNS. Arrows point down.
const ROOMS = {
  hooks: [0, 0, 2, 'program', 'called by oclif'],
  commands: [0, 3, 4, 'program', 'one class per verb: flags, help'],
  cli: [1, 3, 4, 'program', 'base command, output, errors'],
  'operations/<verb>': [2, 1, 7, 'verbs', ''],
  lab: [2, 10, 2, 'lab', 'simulated hosts'],
  'operations/session': [3, 2, 3, 'verbs', 'connections, secrets, view'],
  report: [4, 6, 2, 'verbs', 'tables, charts, events'],
  'operations/cluster': [4, 2, 3, 'verbs', 'what several verbs share'],
  imports: [5, 0, 2, 'core', 'omni_cli, Ansible'],
  runner: [5, 2, 2, 'hosts', 'runs the plan'],
  state: [5, 5, 2, 'hosts', 'journal, lease'],
  balancing: [5, 9, 2, 'experts', 'is a move worth it?'],
  plan: [6, 2, 3, 'core', 'changes, findings, phases'],
  simulation: [6, 9, 2, 'experts', 'replays policies'],
  engines: [7, 2, 3, 'core', 'desired state per engine'],
  moves: [7, 9, 2, 'experts', 'what a move costs'],
  rendering: [8, 0, 2, 'core', 'emitters, digests'],
  topology: [8, 3, 2, 'core', 'nodes, ranks, ports'],
  facts: [8, 6, 2, 'hosts', 'probe and parsers'],
  deployment: [9, 2, 2, 'core', 'YAML, schema, faults'],
  accelerators: [9, 4, 2, 'core', 'drivers, dies'],
  transport: [9, 6, 2, 'hosts', 'SSH, files, images'],
  placement: [9, 9, 2, 'experts', 'the solver'],
  shell: [10, 0, 4, 'base', 'argv builders, quoting'],
  files: [10, 4, 4, 'base', 'whole writes, bytes, units'],
  errors: [10, 8, 4, 'base', 'UserError, exit codes'],
};
const GROUPS = {
  program: ["the program's shell", '#8b8f98'],
  verbs: ['verbs', '#3b82f6'],
  core: ['pure core', '#16a34a'],
  hosts: ['hosts: the effects', '#ea580c'],
  experts: ['experts: pure', '#9333ea'],
  base: ['base: any room may import it', '#a16207'],
  lab: ['lab', '#db2777'],
};

const COLUMNS = 12;
const COLUMN = 80; // px
const MARGIN = 24; // px
const BOX_HEIGHT = 42; // px
const GAP = 16; // px between boxes of a row
const ROW_SPACE = 40; // px between rows, for arrows
const VERBS_PER_LINE = 11;
const LINE_HEIGHT = 15; // px
const HEAVY = [
  [20, 2.6],
  [5, 1.7],
  [0, 1],
]; // at least so many imports -> px; few steps, so that one import more rarely changes the picture

/** The picture as SVG. `sources`: path under src -> text, for tests. */
export function architecturePicture(sources = readSources()) {
  const edges = importsOf(sources);
  const isDown = ({ from, to }) => ROOMS[from][0] < ROOMS[to][0];
  const drawn = edges.filter(({ to }) => ROOMS[to][3] !== 'base');
  const down = withoutImplied(drawn.filter(isDown));
  const up = drawn.filter((edge) => !isDown(edge));
  const verbs = verbsOf(sources);
  const boxes = placeBoxes(verbs.length);
  return svg(boxes, verbs, routeAll(down, boxes), up);
}

function readSources() {
  const names = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join('src', name), 'utf8')]));
}

/** Imports between rooms, counted; `types`: nothing but types is imported. */
function importsOf(sources) {
  const edges = new Map();
  for (const [path, text] of Object.entries(sources)) {
    const from = roomOf(path);
    for (const [, type, fixed, late] of text.matchAll(
      /^(?:import|export)\s+(type\s)?[^;']*?from\s+'(\.[^']+)'|import\(\s*'(\.[^']+)'/gm,
    )) {
      const to = roomOf(normalize(join(dirname(path), fixed ?? late)));
      if (from === to || from === null || to === null) continue;
      const key = `${from} ${to}`;
      const edge = edges.get(key) ?? { from, to, count: 0, types: true };
      edges.set(key, { ...edge, count: edge.count + 1, types: edge.types && type !== undefined });
    }
  }
  return [...edges.keys()].sort().map((key) => edges.get(key));
}

/** The room of a file under src; null: the library's door, or outside of src. */
function roomOf(path) {
  const parts = path.split('/');
  if (parts.length === 1 || parts[0] === '..') return null;
  const inner = `operations/${parts[1]}`;
  const room = parts[0] !== 'operations' ? parts[0] : inner in ROOMS ? inner : 'operations/<verb>';
  if (!(room in ROOMS)) throw new Error(`scripts/gen-architecture.mjs: ROOMS has no place for src/${room}`);
  return room;
}

function verbsOf(sources) {
  const folders = Object.keys(sources).flatMap((path) => /^operations\/([^/]+)\//.exec(path)?.[1] ?? []);
  return [...new Set(folders)].filter((name) => !(`operations/${name}` in ROOMS)).sort();
}

/** Leaves out an arrow that a way over other rooms implies. */
function withoutImplied(edges) {
  const reaches = (from, to, without) =>
    edges.some((edge) => edge !== without && edge.from === from && (edge.to === to || reaches(edge.to, to, without)));
  return edges.filter((edge) => !reaches(edge.from, edge.to, edge));
}

function placeBoxes(numVerbs) {
  const numRows = Math.max(...Object.values(ROOMS).map(([row]) => row)) + 1;
  const verbLines = Math.ceil(numVerbs / VERBS_PER_LINE);
  const heights = Array.from({ length: numRows }, (_, row) =>
    row === ROOMS['operations/<verb>'][0] ? BOX_HEIGHT - LINE_HEIGHT + verbLines * LINE_HEIGHT + 4 : BOX_HEIGHT,
  );
  const tops = heights.map(
    (_, row) => MARGIN + heights.slice(0, row).reduce((sum, height) => sum + height + ROW_SPACE, 0),
  );
  return Object.entries(ROOMS).map(([name, [row, column, span, group, caption]]) => ({
    name,
    row,
    group,
    caption,
    x: MARGIN + column * COLUMN + GAP / 2,
    width: span * COLUMN - GAP,
    y: tops[row],
    height: name === 'operations/<verb>' ? heights[row] : BOX_HEIGHT,
  }));
}

/** Ways of all arrows: from box to box, and between the boxes of each row that they pass. */
function routeAll(edges, boxes) {
  const boxOf = (name) => boxes.find((box) => box.name === name);
  const middle = ({ x, width }) => x + width / 2;
  const routes = edges.map((edge) => ({ ...edge, source: boxOf(edge.from), target: boxOf(edge.to), points: [] }));
  for (const row of new Set(boxes.map((box) => box.row))) {
    const crossing = routes.filter(({ source, target }) => source.row < row && row < target.row);
    const wished = ({ source, target }) =>
      middle(source) + ((middle(target) - middle(source)) * (row - source.row)) / (target.row - source.row);
    spread(crossing, row, boxes, wished);
  }
  for (const box of boxes) {
    const towards = (key) => (left, right) => middle(left[key]) - middle(right[key]);
    const out = routes.filter(({ source }) => source === box).sort(towards('target'));
    for (const [index, { points }] of out.entries()) points.unshift([port(box, index, out.length), box.y + box.height]);
    const into = routes.filter(({ target }) => target === box).sort(towards('source'));
    for (const [index, { points }] of into.entries()) points.push([port(box, index, into.length), box.y]);
  }
  return routes;
}

function port({ x, width }, index, count) {
  return x + (width * (index + 1)) / (count + 1);
}

/** Leads the arrows that cross a row through its gaps, each through the one nearest to its straight line. */
function spread(crossing, row, boxes, wished) {
  const inRow = boxes.filter((box) => box.row === row).sort((left, right) => left.x - right.x);
  const ends = [MARGIN / 2, ...inRow.flatMap(({ x, width }) => [x, x + width]), MARGIN * 1.5 + COLUMNS * COLUMN];
  const gaps = [];
  for (let index = 0; index < ends.length; index += 2)
    gaps.push({ left: ends[index], right: ends[index + 1], routes: [] });
  for (const route of crossing) {
    const distance = ({ left, right }) =>
      Math.max(left + GAP / 2 - wished(route), wished(route) - (right - GAP / 2), 0);
    const nearest = gaps.reduce((best, gap) => (distance(gap) < distance(best) ? gap : best));
    nearest.routes.push(route);
  }
  const [{ y }] = inRow;
  const height = Math.max(...inRow.map((box) => box.height));
  for (const { left, right, routes } of gaps) {
    routes.sort((a, b) => wished(a) - wished(b));
    const step = Math.min(GAP, (right - left) / (routes.length + 1));
    const clamp = (x, index) =>
      Math.min(Math.max(x, left + step * (index + 1)), right - step * (routes.length - index));
    let last = Number.NEGATIVE_INFINITY;
    routes.forEach((route, index) => {
      last = Math.max(clamp(wished(route), index), last + step);
      route.points.push([last, y], [last, y + height]);
    });
  }
}

function svg(boxes, verbs, routes, up) {
  const width = MARGIN * 2 + COLUMNS * COLUMN;
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height));
  const wrong = up.filter(({ types }) => !types);
  const notes = [
    'An arrow points to the room that is imported; its width grows with the number of imports. Arrows implied by others are left out.',
    ...pairsNote(
      'Sideways or upward, types only',
      up.filter(({ types }) => types),
    ),
    ...pairsNote('Against the layers', wrong),
  ];
  const legendY = bottom + 30;
  const height = legendY + 26 + notes.length * LINE_HEIGHT + 8;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="The rooms of src and what they import">`,
    '<!-- Generated from the imports of src by `npm run gen`: edit scripts/gen-architecture.mjs instead. -->',
    STYLE,
    `<rect class="page" width="${width}" height="${height}"/>`,
    ...routes.map(arrow),
    ...boxes.map((box) => boxOfRoom(box, verbs)),
    ...legend(legendY),
    ...notes.map(
      (note, index) =>
        `<text class="note" x="${MARGIN + GAP / 2}" y="${legendY + 30 + index * LINE_HEIGHT}">${escaped(note)}</text>`,
    ),
    '</svg>',
    '',
  ].join('\n');
}

function pairsNote(title, edges) {
  return edges.length === 0 ? [] : [`${title}: ${edges.map(({ from, to }) => `${from} → ${to}`).join(', ')}`];
}

const STYLE = `<style>
text{font-family:system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:#1f2328;text-anchor:middle}
.page{fill:#ffffff}.name{font-size:14px;font-weight:600}.caption{font-size:11.5px;fill:#59636e}
.note,.key{font-size:12px;fill:#59636e;text-anchor:start}
.arrow{fill:none;stroke:#6e7781}.head{fill:#6e7781}
@media (prefers-color-scheme:dark){text{fill:#f0f6fc}.page{fill:#0d1117}.caption,.note,.key{fill:#9198a1}.arrow{stroke:#9198a1}.head{fill:#9198a1}}
</style>`;

function arrow({ points, count }) {
  const [first, ...rest] = points.map(([x, y]) => [round(x), round(y)]);
  const [endX, endY] = rest.at(-1);
  const stop = endY - 6; // the head covers the rest
  let [x, y] = first;
  let path = `M${x} ${y}`;
  rest.forEach(([nextX, nextY], index) => {
    const targetY = index === rest.length - 1 ? stop : nextY;
    const half = round((y + targetY) / 2);
    path += x === nextX ? `V${targetY}` : `C${x} ${half} ${nextX} ${half} ${nextX} ${targetY}`;
    [x, y] = [nextX, targetY];
  });
  const [, thick] = HEAVY.find(([least]) => count >= least);
  return `<path class="arrow" stroke-width="${thick}" d="${path}"/><path class="head" d="M${endX} ${endY}l-4 -8h8z"/>`;
}

function boxOfRoom({ name, group, caption, x, y, width, height }, verbs) {
  const [, color] = GROUPS[group];
  const middle = round(x + width / 2);
  const lines = name === 'operations/<verb>' ? linesOf(verbs) : [caption];
  return [
    `<rect class="page" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>`,
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="${color}" fill-opacity="0.14" stroke="${color}" stroke-width="1.4"/>`,
    `<text class="name" x="${middle}" y="${y + 18}">${escaped(name)}</text>`,
    ...lines.map(
      (line, index) =>
        `<text class="caption" x="${middle}" y="${y + 34 + index * LINE_HEIGHT}">${escaped(line)}</text>`,
    ),
  ].join('');
}

function linesOf(verbs) {
  const lines = [];
  for (let first = 0; first < verbs.length; first += VERBS_PER_LINE) {
    lines.push(verbs.slice(first, first + VERBS_PER_LINE).join(' · '));
  }
  return lines;
}

function legend(y) {
  let x = MARGIN + GAP / 2;
  return Object.values(GROUPS).map(([words, color]) => {
    const mark = `<rect x="${x}" y="${y - 10}" width="12" height="12" rx="3" fill="${color}" fill-opacity="0.3" stroke="${color}"/>`;
    const text = `<text class="key" x="${x + 18}" y="${y}">${escaped(words)}</text>`;
    x += 40 + Math.ceil(words.length * 6.3);
    return mark + text;
  });
}

function round(value) {
  return Math.round(value * 10) / 10;
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
