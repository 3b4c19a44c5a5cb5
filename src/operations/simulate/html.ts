import { duration } from '../../files/durations.ts';
import { size } from '../../files/sizes.ts';
import { HUE_RULES } from '../../report/charts/colors.ts';
import { type Curve, curveChart, rankStrip } from '../../report/charts/curveChart.ts';
import { escapeXml } from '../../report/charts/svg.ts';
import type { Point } from '../../simulation/index.ts';
import type { Comparison, Simulated } from './simulate.ts';
import { lossRows, lossTitle, RTO_PARTS } from './simulateLoss.ts';
import { gain, verdictText } from './text.ts';

/** One page that needs nothing else: a verdict, a table, and curves per policy. */
export function simulateHtml(shown: Simulated, source: string): string {
  const { outcomes, shape, steps } = shown;
  const xs = outcomes[0]!.points.map(({ lastStep }) => lastStep);
  const curves = (value: (point: Point) => number): Curve[] =>
    outcomes.map(({ policy, points }) => ({ name: policy.label, values: points.map(value) }));
  const totals = (value: (point: Point) => number): Curve[] =>
    curves(value).map(({ name, values }) => {
      let sum = 0;
      return { name, values: values.map((one) => (sum += one)) };
    });
  const title = `Balancing ${source}`;
  const hosts = Math.ceil(shape.ranks / shape.ranksPerHost);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeXml(title)}</title><style>${STYLE}</style></head><body>
<h1>${escapeXml(title)}</h1>
<p class="sub">${steps.toLocaleString('en')} passes, ${shape.layers} layers x ${shape.experts} experts on ${shape.ranks} ranks of ${hosts} hosts</p>
<p class="verdict">${verdictText(outcomes).split('\n').map(escapeXml).join('<br>')}</p>
${summary(outcomes)}
${lossSection(outcomes)}
${curveChart(
  xs,
  curves(({ tokensPerSecond }) => tokensPerSecond),
  {
    title: 'Tokens per second',
    caption: 'stalls included; running means, the values behind them',
    format: (v) => v.toLocaleString('en'),
    smooth: true,
  },
)}
${curveChart(
  xs,
  curves(({ parMean }) => parMean),
  { title: 'PAR', caption: 'peak over average of rank loads, mean over layers', format: String, floor: 1 },
)}
${curveChart(
  xs,
  totals(({ planStallMs, moveStallMs }) => (planStallMs + moveStallMs) / 1e3),
  { title: 'Time lost', caption: 'to planning and moving, summed up, in seconds', format: String },
)}
${curveChart(
  xs,
  totals(({ bytesWithinHosts, bytesAcrossHosts }) => (bytesWithinHosts + bytesAcrossHosts) / 1e9),
  { title: 'Weights moved', caption: 'summed up, in GB', format: (v) => v.toLocaleString('en') },
)}
<h2>Rank loads over time</h2><p class="sub">of layer 0; full colour is twice the mean of its moment, none is half of it</p>
${outcomes
  .map(({ policy, points }, i) =>
    rankStrip(
      policy.label,
      points.map(({ layer0RankTokens }) => layer0RankTokens),
      i,
    ),
  )
  .join('\n')}
</body></html>
`;
}

function summary(outcomes: readonly Comparison[]): string {
  const most = Math.max(...outcomes.map(({ speed }) => Math.abs(speed - 1)), 0.01);
  const rows = outcomes.map((one, i) => {
    const width = (50 * Math.abs(one.speed - 1)) / most;
    const bar = `<span class="bar"><i class="${one.speed < 1 ? 'bad' : 'good'}" style="width:${width.toFixed(1)}%;${one.speed < 1 ? 'right' : 'left'}:50%"></i></span>`;
    const cells = [
      one.tokensPerSecond.toLocaleString('en', { maximumFractionDigits: 0 }),
      one.parMean.toFixed(3),
      duration(one.planStallSeconds * 1e3),
      duration(one.moveStallSeconds * 1e3),
      duration(one.worstStallMs),
      one.expertsMoved.toLocaleString('en'),
      size(one.bytesWithinHosts),
      size(one.bytesAcrossHosts),
      `${(100 * one.acrossShare).toFixed(1)} %`,
    ];
    return `<tr><th><i class="key s${i}"></i>${escapeXml(one.policy.label)}</th><td class="${one.speed < 1 ? 'worse' : ''}">${gain(one.speed)}</td><td>${bar}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  const head = [
    'policy',
    'v none',
    '',
    'tokens/s',
    'PAR',
    'planning',
    'moving',
    'longest stall',
    'experts moved',
    'moved in hosts',
    'across hosts',
    'tokens leaving host',
  ];
  return `<div class="wide"><table><thead><tr>${head.map((name) => `<th>${name}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

/** The time out of service, part by part, on one scale. */
function lossSection(outcomes: readonly Comparison[]): string {
  const title = lossTitle(outcomes);
  if (title === null) return '';
  const longest = Math.max(1, ...outcomes.map(({ loss }) => loss?.rtoMs ?? 0));
  const [head, ...rows] = lossRows(outcomes);
  const body = rows.map((row, i) => {
    const { loss } = outcomes[i]!;
    const parts = loss!.parts.map(({ name, ms }) => {
      const width = ((100 * ms) / longest).toFixed(2);
      return `<i class="part p${RTO_PARTS.indexOf(name)}" style="width:${width}%" title="${name} ${duration(ms)}"></i>`;
    });
    const note = loss!.note === null ? '' : `<p class="note">${escapeXml(loss!.note)}</p>`;
    const [name, how, ...cells] = row;
    return `<tr><th><i class="key s${i}"></i>${escapeXml(name!)}</th><td>${how}</td><td class="parts"><span>${parts.join('')}</span>${note}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  const [policy, goesOn, ...others] = head!;
  const heads = [policy, goesOn, '', ...others].map((text) => {
    const part = RTO_PARTS.indexOf(text as (typeof RTO_PARTS)[number]);
    return `<th>${part < 0 ? '' : `<i class="swatch p${part}"></i>`}${text}</th>`;
  });
  return `<h2>${escapeXml(title.replace(/:$/, ''))}</h2><p class="sub">from the loss to the next pass, in parts that follow each other; it counts in tokens per second above, and is the dip in the curves below</p>
<div class="wide"><table><thead><tr>${heads.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

const STYLE = `:root{color-scheme:light dark;--ink:#1f2328;--faint:#656d76;--line:#d8dee4;--page:#fff;--heat:#1d6fb8;--good:#15803d;--bad:#cf222e}
${HUE_RULES.light}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--faint:#8d96a0;--line:#30363d;--page:#0d1117;--heat:#5aa9ee;--good:#3fb950;--bad:#f85149}${HUE_RULES.dark}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:70rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 0}
.sub{color:var(--faint);margin:.2rem 0 1rem}.verdict{font-weight:600}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.8rem;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:.3rem .3rem;border-bottom:1px solid var(--line);white-space:nowrap}th:first-child{text-align:left}thead th{color:var(--faint);font-weight:500;white-space:normal;vertical-align:bottom}
.worse{color:var(--bad);font-weight:600}
.bar{display:inline-block;position:relative;width:4rem;height:.7rem;border-left:0;background:linear-gradient(var(--line),var(--line)) center/1px 100% no-repeat}
.bar i{position:absolute;top:0;bottom:0}.bar .good{background:var(--good)}.bar .bad{background:var(--bad)}
.parts{min-width:9rem;text-align:left}.parts span{display:flex;height:.8rem}.part{display:block;height:100%;min-width:1px}.note{margin:.2rem 0 0;white-space:normal;color:var(--bad)}
.swatch{display:inline-block;width:.6rem;height:.6rem;margin-right:.25rem}.p0{background:#6b7280}.p1{background:#c2410c}.p2{background:#9333ea}.p3{background:#0e7490}.p4{background:#be123c}
.key{display:inline-block;width:.7rem;height:.7rem;border-radius:2px;background:var(--hue);margin-right:.4rem}
figure{margin:1.5rem 0 0}figcaption{color:var(--faint);font-size:.9rem}figcaption b{color:var(--ink)}.strip{margin-top:.7rem}
svg{display:block;width:100%;height:auto}.curve{fill:none;stroke:var(--hue);stroke-width:1.8;stroke-linejoin:round}
.raw{fill:none;stroke:var(--hue);stroke-width:1;opacity:.25}.grid{stroke:var(--line)}.tick{fill:var(--faint);font-size:11px}.end{text-anchor:end}.mid{text-anchor:middle}.heat{fill:var(--heat)}
@media print{:root{--ink:#000;--faint:#333;--line:#bbb;--page:#fff;--heat:#123}body{max-width:none;margin:0;font-size:11px}.wide{overflow:visible}table{font-size:8px}th,td{padding:.15rem .15rem;white-space:normal}tbody th{overflow-wrap:anywhere}td{white-space:nowrap}.parts{min-width:4rem}.bar{width:2rem}figure{break-inside:avoid}${HUE_RULES.light}.key,.bar i,.part,.swatch,.heat{print-color-adjust:exact}}`;
