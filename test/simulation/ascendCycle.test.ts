import { describe, expect, it } from 'vitest';
import { repeatSlots } from '../../src/moves/slotLoads.ts';
import { AscendLifeCycle, type AscendSettings } from '../../src/simulation/ascendCycle.ts';
import { FlashlbCycle } from '../../src/simulation/flashlbCycle.ts';
import { drive, fixedCosts, held } from './steps.ts';

const SHAPE = { layers: 2, experts: 4, ranks: 2, ranksPerHost: 2 };
const SETTINGS: AscendSettings = {
  heat: 3,
  algorithm: 2,
  redundant: 0,
  policy: 1,
  stage: 'all',
  record: false,
  cherryPick: false,
  maxLayers: 0,
};
// from [0 1 | 2 3]: 0 goes to rank 0, 1 to rank 1, of the tied 3 comes first and joins 1, the lighter; 2 joins 0
const HOT = { load: [7, 3, 1, 1] };

describe("vllm-ascend's EplbUpdator", () => {
  it('wakes the planner at H-1, takes the plan at H+A-1 and moves one layer per pass after, in a period of H+A+M', () => {
    const updator = new AscendLifeCycle(SETTINGS, SHAPE, fixedCosts({ plan: 20, move: 50, copy: 3 }));
    const said = drive(updator, SHAPE, Array(8).fill(HOT), 1000);
    expect(said.slice(0, 7)).toEqual([
      '', // 0
      '', // 1
      'plan 20', // 2 = H-1, at its end
      '', // 3
      '', // 4 = H+A-1, at its beginning: the plan is there
      'move 0 (2:1>0 1:0>1), copy 3, commit 0', // 5 = H+A
      'move 1 (2:1>0 1:0>1), copy 3, commit 1', // 6
    ]);
    expect(updator.iteration).toBe(1);
    expect(held(updator, 0)).toEqual([
      [0, 2],
      [1, 3],
    ]);
  });

  it('makes the pass at H+A-1 wait for a planner that takes longer than A passes', () => {
    const updator = new AscendLifeCycle(SETTINGS, SHAPE, fixedCosts({ plan: 1700 }));
    // woken at 3000, done at 4700; the pass begins at 4000
    expect(drive(updator, SHAPE, Array(5).fill(HOT), 1000)[4]).toBe('wait 700');
  });

  it('forgets what it counted at the end of the period', () => {
    const updator = new AscendLifeCycle(SETTINGS, SHAPE, fixedCosts());
    drive(updator, SHAPE, Array(7).fill(HOT), 1000);
    drive(updator, SHAPE, Array(7).fill({ load: [1, 1, 3, 7] }), 1000);
    // 7 and 3 apart again, by the second period's load alone: 3+0 or 3+1 against 2+the other
    const [first] = held(updator, 0);
    expect(first!.includes(3)).not.toBe(first!.includes(2));
  });

  it('does not advance in passes of another stage while heat is collected', () => {
    const updator = new AscendLifeCycle({ ...SETTINGS, stage: 'decode' }, SHAPE, fixedCosts());
    drive(updator, SHAPE, [HOT, { ...HOT, phase: 'prefill' }, { ...HOT, phase: 'prefill' }, HOT, HOT], 1000);
    expect(updator.iteration).toBe(3);
    drive(updator, SHAPE, [{ ...HOT, phase: 'prefill' }], 1000);
    expect(updator.iteration).toBe(4);
  });

  it('records maps at the end of the period and puts nothing in service when it records', () => {
    const updator = new AscendLifeCycle({ ...SETTINGS, record: true }, SHAPE, fixedCosts());
    const said = drive(updator, SHAPE, Array(7).fill(HOT), 1000);
    expect(said[5]).toBe('move 0 (2:1>0 1:0>1)');
    expect(said[6]).toBe('move 1 (2:1>0 1:0>1), record');
    expect(held(updator, 0)).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  it('gives FlashLB one episode per pass, so that experts that take turns are put together', () => {
    const updator = new AscendLifeCycle({ ...SETTINGS, policy: 3, heat: 4 }, { ...SHAPE, layers: 1 }, fixedCosts());
    // 0 and 2 are hot in the same passes, 1 and 3 in the others; in sum all are equal and nothing would move
    const passes = [0, 1, 0, 1, 0, 1, 0].map((turn) => ({ load: turn === 0 ? [9, 1, 9, 1] : [1, 9, 1, 9] }));
    const apart = [0, 1, 0, 1, 0, 1, 0].map((turn) => ({ load: turn === 0 ? [9, 9, 1, 1] : [1, 1, 9, 9] }));
    drive(updator, { ...SHAPE, layers: 1 }, apart, 1000);
    for (const experts of held(updator, 0)) expect(experts.filter((expert) => expert < 2)).toHaveLength(1);
    const settled = new AscendLifeCycle({ ...SETTINGS, policy: 3, heat: 4 }, { ...SHAPE, layers: 1 }, fixedCosts());
    drive(settled, { ...SHAPE, layers: 1 }, passes, 1000);
    for (const experts of held(settled, 0)) expect(experts.filter((expert) => expert % 2 === 0)).toHaveLength(1);
  });
});

describe('FlashLB from call to call', () => {
  const load = (rows: number[][]) => ({
    episodes: rows.length,
    layers: 1,
    experts: 4,
    tokens: Float64Array.from(rows.flat()),
  });

  it('treats every layer at its first call, later only those whose balance fell', () => {
    const cycle = new FlashlbCycle(1, 2);
    const current = repeatSlots(Int32Array.of(0, 1, 2, 3), 1, 2, 4);
    const [planned] = cycle.plan(load([[700, 300, 100, 100]]), current);
    // 703 + 100 + 100 against 300 + 100: mean PAR from 1000/600 to 800/600 at best
    expect(planned!.gain).toBeGreaterThan(0.1);
    const better = repeatSlots(planned!.slots, 1, 2, 4);
    expect(cycle.plan(load([[400, 300, 300, 400]]), repeatSlots(Int32Array.of(0, 1, 2, 3), 1, 2, 4))).toEqual([]);
    expect(cycle.plan(load([[900, 100, 900, 100]]), repeatSlots(Int32Array.of(0, 2, 1, 3), 1, 2, 4))).toHaveLength(1);
    expect(better.slotExpert).toHaveLength(4);
  });

  it('moves only layers that gain, the most gaining first, when its choice takes effect', () => {
    const shape = { ...SHAPE, layers: 2 };
    const settings: AscendSettings = { ...SETTINGS, policy: 3, heat: 2, algorithm: 1, cherryPick: true };
    const picked = new AscendLifeCycle(settings, shape, fixedCosts());
    const released = new AscendLifeCycle({ ...settings, cherryPick: false }, shape, fixedCosts());
    const balanced = { load: [5, 5, 5, 5] };
    expect(drive(picked, shape, Array(5).fill(balanced), 1000).join('')).toBe('plan 0');
    expect(drive(released, shape, Array(5).fill(balanced), 1000).join()).toContain('commit 0');
  });
});
