import { describe, expect, it } from 'vitest';
import PatternBuild from '../../../src/commands/pattern/build.ts';
import PatternCheck from '../../../src/commands/pattern/check.ts';
import { npy, patternCli, SMALL } from './cli.ts';

const { path, write, run } = patternCli();
const ON_FOUR = ['--ranks', '4', '--slots', '3', '--fast', '--keep-local'];
const COMMON = ['--ranks-per-host', '2', ...ON_FOUR];

/** Ranks 0 and 1 ask for the first experts, 2 and 3 for the last. */
const SOURCES = npy(
  [4, 1, 8],
  [0, 1, 2, 3].flatMap((rank) =>
    Array.from({ length: 8 }, (_, expert) => (expert < 4 === rank < 2 ? 100 + expert : 2)),
  ),
);

describe('pattern build --keep-local', () => {
  it('lets fewer tokens leave their host at no more than the stated cost, and says what is possible', async () => {
    const { code, stdout } = await run(
      PatternBuild,
      ...['--load', write('load.npy', SMALL), ...COMMON, '--par-cost', '0.2', '--out', path('near.npy'), '--json'],
    );
    expect(code).toBe(0);
    const { locality } = JSON.parse(stdout);
    expect(locality).toMatchObject({ routing: 'affine', sources: 'even', parCost: 0.2, acrossSupernodes: null });
    expect(locality.acrossHosts).toBeLessThan(locality.acrossHostsBefore);
    expect(locality.acrossHosts).toBeGreaterThanOrEqual(locality.leastAcrossHosts - 1e-9);
    expect(locality.parMean).toBeLessThanOrEqual(1.2 * locality.parMeanBefore);
    expect((await run(PatternCheck, path('near.npy'))).code).toBe(0);
  });

  it('is exact with a load per source rank, which is a load by itself', async () => {
    const sources = write('sources.npy', SOURCES);
    const { stdout } = await run(PatternBuild, ...COMMON, '--source-load', sources, '--par-cost', '0.5');
    // a host holds 6 of 8 experts; 2 experts x 2 ranks x 2 tokens leave each of two hosts, 16 of 1688
    expect(stdout).toContain('traffic    0.95 % of the tokens leave their host,');
    expect(stdout).toContain('before; no placement lets fewer than 0.95 %');
    expect(stdout).toContain('near first, tokens starting as measured: PAR');
  });

  it('counts supernodes as a second level', async () => {
    const { stdout } = await run(
      PatternBuild,
      ...['--load', write('load.npy', SMALL), ...ON_FOUR, '--ranks-per-host', '1', '--ranks-per-supernode', '2'],
    );
    expect(stdout).toMatch(/\n {11}\d+\.\d+ % leave their supernode, \d+\.\d+ % before\n/);
  });

  it('says that nothing can be gained where replicas are drawn evenly and tokens start evenly', async () => {
    const { stdout } = await run(
      PatternBuild,
      ...['--load', write('load.npy', SMALL), ...COMMON, '--split', 'uniform'],
    );
    expect(stdout).toContain('traffic    50.0 % of the tokens leave their host, 50.0 % before\n');
    expect(stdout).toContain('under this routing the same share leaves whatever the placement');
  });

  it('refuses what does not fit together', async () => {
    const load = write('load.npy', SMALL);
    const other = await run(PatternBuild, '--load', load, ...COMMON, '--source-load', write('s.npy', SOURCES));
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('--source-load is of 4 ranks x 1 layers x 8 experts, the placement of 4 x 2 x 8');
    const odd = await run(PatternBuild, '--load', load, ...COMMON, '--ranks-per-supernode', '3');
    expect(odd.stderr).toContain('a supernode of 3 ranks is no whole number of hosts of 2');
    const flat = await run(PatternBuild, ...COMMON, '--source-load', load);
    expect(flat.stderr).toContain('load.npy: has shape (2, 8), not (ranks, layers, experts)');
    const negative = write('negative.npy', npy([1, 1, 2], [1, -1]));
    expect((await run(PatternBuild, ...COMMON, '--source-load', negative)).stderr).toContain(
      'negative.npy: rank 0, layer 0, expert 1 has -1 tokens; they are numbers from 0 to 2^53',
    );
  });
});
