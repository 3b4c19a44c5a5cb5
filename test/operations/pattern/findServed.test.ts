import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import PatternBuild from '../../../src/commands/pattern/build.ts';
import PatternShow from '../../../src/commands/pattern/show.ts';
import { placementFromTables, writePattern } from '../../../src/placement/index.ts';
import { patternCli, windowName, windowText } from './cli.ts';

const { path, write, run } = patternCli();

/** Three experts in four slots; expert 0 or 1 has two. */
const TWICE_0 = [
  [
    [0, 1],
    [2, 0],
  ],
];
const TWICE_1 = [
  [
    [0, 1],
    [1, 2],
  ],
];
const pattern = (tables: number[][][]) => writePattern(placementFromTables(tables, 3));
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const STAMP = '20250619_095310';

/** A dump of one window, with a manifest as fetch-dumps writes it, or without one. */
function dump(recorded: Uint8Array | null): void {
  write(`D0/${STAMP}/${windowName(1)}`, windowText([[10, 20, 30, 40]]));
  const folders = [
    { stamp: STAMP, recorded: { pattern: recorded && digest(recorded), dynamic: false, because: null } },
  ];
  if (recorded !== null) write('D0/manifest.json', JSON.stringify({ version: 1, experts: 3, folders, files: [] }));
}

async function shown(file: string) {
  const { code, stdout, stderr } = await run(PatternShow, path(file), '--load', path('D0'), '--layer', '0');
  return { code, stderr, loads: [...stdout.matchAll(/^rank .*?(\d\.\d{3})/gm)].map(([, load]) => Number(load)) };
}

describe('pattern show with a dump', () => {
  it('finds that the shown pattern served, by its digest', async () => {
    dump(pattern(TWICE_0));
    write('p.npy', pattern(TWICE_0));
    expect(await shown('p.npy')).toEqual({
      code: 0,
      stderr: `D0/${STAMP}: was recorded under p.npy, which has the digest of its manifest\n`,
      // a pattern has the experts of a rank in order: expert 0 has 10 + 30, so 20 + 20 and 20 + 40
      loads: [0.8, 1.2],
    });
  });

  it('finds the pattern of balance that served, by its digest', async () => {
    dump(pattern(TWICE_1));
    write('p.npy', pattern(TWICE_0));
    write('cluster.balance/decode-1.npy', pattern(TWICE_0));
    write('cluster.balance/decode-2.npy', pattern(TWICE_1));
    const { code, stderr, loads } = await shown('p.npy');
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `D0/${STAMP}: was recorded under cluster.balance/decode-2.npy, which has the digest of its manifest\n`,
    });
    // expert 0 has 10, 1 has 50, 2 has 40: 5 + 50 and 40 + 5
    expect(loads).toEqual([1.1, 0.9]);
  });

  it('names what it looked at where none served', async () => {
    dump(pattern(TWICE_1));
    write('p.npy', pattern(TWICE_0));
    const { code, stderr } = await shown('p.npy');
    expect(code).toBe(2);
    expect(stderr).toContain(
      'Neither p.npy nor a pattern of balance near it has this digest. Say which file that is with --recorded-under.',
    );
  });

  it('takes the one placement with as many slots as columns where there is no manifest', async () => {
    dump(null);
    write('p.npy', pattern(TWICE_0));
    expect(await shown('p.npy')).toEqual({
      code: 0,
      stderr: `D0/${STAMP}: its columns are taken for the slots of p.npy, which has as many\n`,
      loads: [0.8, 1.2],
    });
  });

  it('asks which one served where several have as many slots', async () => {
    dump(null);
    write('p.npy', pattern(TWICE_0));
    write('cluster.balance/decode-1.npy', pattern(TWICE_0));
    write('cluster.balance/decode-2.npy', pattern(TWICE_1));
    expect(await shown('p.npy')).toMatchObject({
      code: 2,
      stderr:
        `error recorded_under_unknown: D0/${STAMP}: its 4 columns may be the slots of 2 placements: p.npy, cluster.balance/decode-2.npy\n` +
        '  hint: Name the one that served while it was recorded with --recorded-under.\n',
    });
  });

  it('counts columns as experts where they may be, as under the base', async () => {
    dump(null);
    write(
      'p.npy',
      writePattern(
        placementFromTables(
          [
            [
              [0, 1],
              [2, 3],
            ],
          ],
          4,
        ),
      ),
    );
    const { code, stderr } = await shown('p.npy');
    expect(code).toBe(0);
    expect(stderr).toContain('its columns count as experts, as under the base placement');
  });
});

describe('pattern build with a dump', () => {
  it('finds that the old placement served', async () => {
    dump(pattern(TWICE_0));
    write('old.npy', pattern(TWICE_0));
    const { code, stderr } = await run(PatternBuild, '--load', path('D0'), '--old', path('old.npy'));
    expect(code).toBe(0);
    expect(stderr).toContain(`D0/${STAMP}: was recorded under old.npy, which has the digest of its manifest\n`);
  });
});
