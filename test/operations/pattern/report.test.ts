import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import PatternBuild from '../../../src/commands/pattern/build.ts';
import { COPIES, classIn, RANK_LOAD } from '../../../src/report/charts/colors.ts';
import { heatCells, ticks } from '../../../src/report/charts/svg.ts';
import { npy, patternCli, SMALL } from './cli.ts';

const { path, write, run } = patternCli();

describe('the page of a build', () => {
  const page = async (...more: string[]) => {
    const argv = ['--load', write('load.npy', SMALL), '--ranks', '4', '--slots', '3', '--solver', 'omni-redundant'];
    const { code } = await run(PatternBuild, ...argv, ...more, '--report', path('out.html'));
    expect(code).toBe(0);
    return readFileSync(path('out.html'), 'utf8');
  };

  it('holds everything itself: no script, nothing to load', async () => {
    const html = await page();
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(|\bsrc=/);
    expect(
      [...html.matchAll(/https?:\/\/[^"]+/g)]
        .map(([address]) => address)
        .every((address) => address === 'http://www.w3.org/2000/svg'),
    ).toBe(true);
  });

  it('has light, dark and print', async () => {
    const html = await page();
    expect(html).toContain('@media screen and (prefers-color-scheme:dark)');
    expect(html).toContain('@media print');
  });

  it('shows loads, PAR, ranks of every layer, experts, replicas and moves', async () => {
    const html = await page();
    expect([...html.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title]) => title)).toEqual([
      'Load of the ranks',
      'PAR of each layer',
      'Ranks of each layer, hottest first',
      'Load of the experts',
      'Replicas of each expert',
      'Moves',
    ]);
    expect(
      [...html.matchAll(/<figcaption><span>(layer \d+)<\/span><b>(.*?)<\/b>/g)].map(([, layer, par]) => [layer, par]),
    ).toEqual([
      ['layer 0', '1.241'],
      ['layer 1', '1.000'],
    ]);
    expect(html).toContain(
      '18 experts arrive on ranks that did not hold them under the base placement, in 2 of 2 layers.',
    );
  });

  it('has a section for episodes where there are several, and flows between hosts where something served', async () => {
    const load = write('two.npy', npy([2, 1, 8], [9, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 9]));
    const old = path('old.npy');
    await run(PatternBuild, ...['--load', load, '--ranks', '4', '--fast', '--out', old]);
    const argv = ['--load', load, '--old', old, '--slots', '3', '--ranks-per-host', '2', '--report', path('two.html')];
    expect((await run(PatternBuild, ...argv)).code).toBe(0);
    const html = readFileSync(path('two.html'), 'utf8');
    expect(html).toContain('<h2>PAR of each episode</h2>');
    expect(html).toContain('<h3>between hosts</h3><table><tr><th></th><th>to 0</th><th>to 1</th></tr>');
  });

  it('escapes what users name', async () => {
    const out = path('a<b>&"c.npy');
    expect(await page('--out', out)).toContain('a&lt;b&gt;&amp;&quot;c.npy</h1>');
  });
});

describe('heatCells', () => {
  it('joins equal neighbours and leaves cells without a class empty', () => {
    const map = {
      columns: 3,
      rows: 2,
      values: [1, 1, 2, 0, 2, 2],
      classOf: (value: number) => (value === 0 ? null : `x${value}`),
    };
    expect(heatCells(map, { x: 0, y: 0, width: 30, height: 20 })).toBe(
      '<svg x="0" y="0" width="30" height="20" viewBox="0 0 3 2" preserveAspectRatio="none" shape-rendering="crispEdges"><path class="x1" d="M0 0h2v1h-2z"/><path class="x2" d="M2 0h1v1h-1zM1 1h2v1h-2z"/></svg>',
    );
  });
});

describe('scales', () => {
  it('put a value into the first step whose end it does not exceed', () => {
    const load = classIn(RANK_LOAD);
    expect([0, 0.5, 0.51, 1, 1.03, 1.6, 99].map(load)).toEqual(['d0', 'd0', 'd1', 'd4', 'd4', 'd7', 'd8']);
    expect([1, 2, 3, 7, 8].map(classIn(COPIES))).toEqual(['c0', 'c1', 'c2', 'c3', 'c4']);
  });

  it('have round ticks', () => {
    expect(ticks(0, 57, 12)).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55]);
    expect(ticks(0, 0.0345, 5)).toEqual([0, 0.01, 0.02, 0.03]);
  });
});
