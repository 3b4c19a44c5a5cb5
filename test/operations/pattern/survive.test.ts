import { describe, expect, it } from 'vitest';
import PatternCheck from '../../../src/commands/pattern/check.ts';
import { placementFromTables, writePattern } from '../../../src/placement/index.ts';
import { patternCli } from './cli.ts';

const { write, run } = patternCli();
const COVERED = placementFromTables(
  [
    [
      [0, 1],
      [2, 3],
      [0, 2],
      [1, 3],
    ],
  ],
  4,
);
const ALONE = placementFromTables(
  [
    [
      [0, 1],
      [0, 2],
      [0, 2],
      [1, 3],
    ],
  ],
  4,
);

describe('pattern check --survive', () => {
  it('proves that any one host may be lost', async () => {
    const file = write('a.npy', writePattern(COVERED));
    const { code, stdout } = await run(PatternCheck, file, '--survive', 'host', '--ranks-per-host', '2');
    expect(code).toBe(0);
    expect(stdout).toContain('\nsurvives: any one host may be lost, every expert stands on two hosts or more\n');
  });

  it('lists what would be lost with which rank, and ends with 2', async () => {
    const { code, stdout } = await run(PatternCheck, write('a.npy', writePattern(ALONE)), '--survive', 'rank');
    expect(code).toBe(2);
    expect(stdout).toBe(`a.npy: omni-npy, 1 layers x 4 experts on 4 ranks, 2 slots each, at most 3 of an expert
sound: every expert is placed, none twice on a rank
DOES NOT SURVIVE the loss of any one rank: 1 of 4 experts stand on one rank only
there are slots enough to cover all: build with --cover rank
  rank 3 takes 1 with it: layer 0: 3
`);
  });

  it('knows that a host of fewer ranks can show fewer experts, and that one host can never be lost', async () => {
    const file = write('a.npy', writePattern(ALONE));
    const uneven = await run(PatternCheck, file, '--survive', 'host', '--ranks-per-host', '3');
    expect(uneven.stdout).toContain('at least 2 must; all can be covered with 4 slots per rank\n');
    const one = await run(PatternCheck, file, '--survive', 'host');
    expect(one.code).toBe(2);
    expect(one.stdout).toContain('at least 4 must; all ranks are on one host, --ranks-per-host says\n');
  });

  it('gives all of it as JSON', async () => {
    const { stdout } = await run(PatternCheck, write('a.npy', writePattern(ALONE)), '--survive', 'rank', '--json');
    expect(JSON.parse(stdout).survive).toEqual({
      unit: 'rank',
      covered: false,
      lostExperts: 1,
      leastLostExperts: 0,
      slotsToCoverAll: 2,
      losses: [{ name: 'rank 3', experts: 1, layers: [{ layer: 0, experts: [3] }] }],
    });
  });
});
