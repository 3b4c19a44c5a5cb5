/** A scale of colours: a value belongs to the first step whose end it does not exceed, else to the last. */
export interface Scale {
  /** CSS classes are `<name>0`, `<name>1` .. */
  readonly name: string;
  readonly ends: readonly number[];
  readonly labels: readonly string[];
}

/** Rank load over the mean: cool, even, hot. */
export const RANK_LOAD: Scale = scale('d', [0.5, 0.75, 0.9, 0.97, 1.03, 1.1, 1.25, 1.6], '×');
/** Expert load over the mean of its layer. */
export const EXPERT_LOAD: Scale = scale('s', [0.25, 0.5, 1, 2, 4, 8, 16], '×');
/** PAR of a layer and episode. */
export const PAR: Scale = scale('s', [1.01, 1.02, 1.05, 1.1, 1.25, 1.5, 2], '');
/** Copies of an expert; a single one is left empty. */
export const COPIES: Scale = {
  name: 'c',
  ends: [1, 2, 3, 7],
  labels: ['1', '2', '3', '4–7', '8 or more'],
};

export function classIn({ name, ends }: Scale): (value: number) => string {
  return (value) => {
    const step = ends.findIndex((end) => value <= end);
    return `${name}${step < 0 ? ends.length : step}`;
  };
}

export function legend({ name, labels }: Scale): string {
  const keys = labels.map((label, i) => `<span><i class="${name}${i}"></i>${label}</span>`);
  return `<p class="legend">${keys.join('')}</p>`;
}

function scale(name: string, ends: readonly number[], unit: string): Scale {
  const labels = [...ends.map((end) => `≤ ${end}${unit}`), `more`];
  return { name, ends, labels };
}

const LIGHT = {
  d: ['#2166ac', '#4393c3', '#92c5de', '#d1e5f0', '#f1efe9', '#fddbc7', '#f4a582', '#d6604d', '#a50f27'],
  s: ['#f4f1f9', '#e4dff0', '#cfc5e3', '#b3a2d2', '#9379bd', '#7450a5', '#562c88', '#38125f'],
  c: ['#f3f3ef', '#b8dccb', '#7cc0a2', '#3d9a78', '#0b6b50'],
};

const DARK = {
  d: ['#5aa9ec', '#4484bb', '#34658f', '#2c4a64', '#2c2f35', '#57403a', '#8d4f3e', '#cd6246', '#ff8264'],
  s: ['#1d1b25', '#2a2538', '#3b3152', '#514072', '#6d5696', '#8f74bb', '#b79cdf', '#e7d6ff'],
  c: ['#23262b', '#1f4f40', '#23745a', '#2fa67e', '#5fe3b3'],
};

function rules(colors: typeof LIGHT): string {
  return Object.entries(colors)
    .flatMap(([name, list]) => list.map((color, i) => `.${name}${i}{fill:${color};background:${color}}`))
    .join('');
}

const LIGHT_INK =
  '--paper:#fff;--card:#fbfaf8;--ink:#1c1d20;--soft:#62656d;--rule:#e3e1dc;--before:#b9b4aa;--after:#0b6b50;--best:#c2410c;--bar:#2f8f72';
const DARK_INK =
  '--paper:#141518;--card:#1b1d21;--ink:#eceae5;--soft:#9a9ca4;--rule:#31343a;--before:#5d5f66;--after:#5fe3b3;--best:#ff9d5c;--bar:#3fae8b';

/** Colours of pictures and page; a printed page is light. */
export const COLOR_STYLE = `:root{color-scheme:light dark;${LIGHT_INK}}${rules(LIGHT)}
@media screen and (prefers-color-scheme:dark){:root{${DARK_INK}}${rules(DARK)}}`;

/** Of everything within a picture. */
export const PICTURE_STYLE = `text{font:11px system-ui,sans-serif;fill:var(--soft)}text.name{font-size:12px;font-weight:600;fill:var(--ink)}
text.best{fill:var(--best)}.grid{stroke:var(--rule);fill:none}.line-before{stroke:var(--before);stroke-width:1.5;fill:none}
.line-after{stroke:var(--after);stroke-width:2;fill:none}.line-best{stroke:var(--best);stroke-width:1.25;stroke-dasharray:5 4;fill:none}
.fill-before{fill:var(--before);opacity:.45}.fill-after{fill:var(--bar)}.band-before{fill:var(--before);opacity:.25}.band-after{fill:var(--after);opacity:.2}
.line-0{stroke:var(--before);stroke-width:1.5;fill:none}.line-1{stroke:var(--after);stroke-width:2;fill:none}.line-2{stroke:#6d5bd0;stroke-width:2;fill:none}
.line-3{stroke:#c98a00;stroke-width:2;fill:none}.line-4{stroke:#c0428f;stroke-width:2;fill:none}.line-5{stroke:#2b7bbd;stroke-width:2;fill:none}`;

/** Ten hues that stay apart in grey by their dashes; the first is no balancing. [light, dark, dash] */
const HUES = [
  ['#6b7280', '#9ca3af', 'none'],
  ['#1d6fb8', '#5aa9ee', 'none'],
  ['#c2410c', '#fb923c', '7 3'],
  ['#15803d', '#4ade80', 'none'],
  ['#9333ea', '#c084fc', '2 3'],
  ['#be123c', '#fb7185', '9 3 2 3'],
  ['#0e7490', '#22d3ee', '5 2'],
  ['#a16207', '#facc15', '1 2'],
  ['#4d7c0f', '#a3e635', '12 4'],
  ['#831843', '#f472b6', '3 6'],
] as const;

const hueRules = (theme: 0 | 1) =>
  HUES.map((hue, i) => `.s${i}{--hue:${hue[theme]};stroke-dasharray:${hue[2]}}`).join('');

/** Of curves: classes `s0`, `s1` .. set `--hue`. */
export const HUE_RULES = { light: hueRules(0), dark: hueRules(1) };
