import { describe, expect, it } from 'vitest';
import { VllmLifeCycle, type VllmSettings } from '../../src/simulation/vllmCycle.ts';
import { drive, fixedCosts, held } from './steps.ts';

const SHAPE = { layers: 1, experts: 4, ranks: 2, ranksPerHost: 2 };
const FIRST: VllmSettings = {
  window: 2,
  interval: 8,
  redundant: 2,
  async: false,
  form: 'first',
  groups: 1,
  nodes: 1,
  logInterval: 0,
};
// two passes sum to 4 4 4 12: expert 3 gets both spare slots, 4 tokens a copy, dealt out in turn
const HOT_3 = { load: [2, 2, 2, 6] };

describe("vLLM's EplbState, first form", () => {
  it('starts with all experts, then the first ones again, the counter at three quarters of the interval', () => {
    const state = new VllmLifeCycle(FIRST, SHAPE, fixedCosts());
    expect(held(state, 0)).toEqual([
      [0, 1, 2],
      [3, 0, 1],
    ]);
    expect(state.rearrangementStep).toBe(6);
    expect(new VllmLifeCycle({ ...FIRST, interval: 3 }, SHAPE, fixedCosts()).rearrangementStep).toBe(3);
  });

  it('rearranges after a quarter of the interval, then at each whole one, keeping slots of experts that stay', () => {
    const state = new VllmLifeCycle(FIRST, SHAPE, fixedCosts({ plan: 5, move: 100 }));
    const said = drive(state, SHAPE, Array(10).fill(HOT_3), 1000);
    expect(said[0]).toBe('');
    expect(said[1]).toBe('plan 5 blocking, move 0 (3:1>0), commit 0');
    // expert 3 stands twice on rank 1, as vLLM lets it
    expect(held(state, 0)).toEqual([
      [0, 3, 2],
      [3, 3, 1],
    ]);
    expect(said.slice(2, 9)).toEqual(Array(7).fill(''));
    expect(said[9]).toBe('plan 5 blocking, move 0 (), commit 0');
    expect(state.rearrangementStep).toBe(0);
  });

  it('counts dummy passes towards the interval but records nothing of them', () => {
    const state = new VllmLifeCycle(FIRST, SHAPE, fixedCosts());
    drive(state, SHAPE, [{ ...HOT_3, kind: 'dummy' }], 1000);
    expect(state.rearrangementStep).toBe(7);
    expect([...state.windowStep]).toEqual([0, 0]);
  });

  it('leaves the counter alone in a profile pass', () => {
    const state = new VllmLifeCycle(FIRST, SHAPE, fixedCosts());
    expect(drive(state, SHAPE, [{ ...HOT_3, kind: 'profile' }], 1000)).toEqual(['profile']);
    expect(state.rearrangementStep).toBe(6);
  });

  it('lets the ring of a rank without requests stand still while the others go on', () => {
    const state = new VllmLifeCycle(FIRST, SHAPE, fixedCosts());
    drive(state, SHAPE, [{ ...HOT_3, dummyRanks: Uint8Array.of(0, 1) }], 1000);
    expect([...state.windowStep]).toEqual([1, 0]);
  });

  it('logs the mean rank load over the highest, and zero in a dummy pass', () => {
    const state = new VllmLifeCycle({ ...FIRST, logInterval: 1, interval: 100 }, SHAPE, fixedCosts());
    // 0 and 1 have two copies: rank 0 gets 1 + 1 + 2, rank 1 gets 6 + 1 + 1
    expect(drive(state, SHAPE, [HOT_3, { ...HOT_3, kind: 'dummy' }], 1000)).toEqual([
      'log 6 8 0.7500',
      'log 0 0 0.0000',
    ]);
  });

  it('counts rows recorded under an earlier map by the map in force, where the window outlasts the interval', () => {
    const state = new VllmLifeCycle({ ...FIRST, window: 4, interval: 2 }, SHAPE, fixedCosts());
    drive(state, SHAPE, [HOT_3], 1000); // the counter was 2: at once
    expect(held(state, 0)).toEqual([
      [0, 3, 2],
      [3, 3, 1],
    ]);
    drive(state, SHAPE, [{ load: [0, 0, 0, 0] }, { load: [0, 0, 0, 0] }], 1000);
    // the row 1 1 2 | 6 1 1 now counts as 1 1 2 8 tokens of experts 0 to 3; by the true 2 2 2 6 nothing would move
    expect(held(state, 0)).toEqual([
      [3, 3, 1],
      [3, 2, 0],
    ]);
  });
});

describe("vLLM's EplbState, current form", () => {
  const CURRENT: VllmSettings = { ...FIRST, form: 'current' };

  it('records only passes that are still in the window when the interval ends', () => {
    const state = new VllmLifeCycle(CURRENT, SHAPE, fixedCosts());
    const rows = Array.from({ length: 10 }, () => {
      drive(state, SHAPE, [HOT_3], 1000);
      return state.windowStep[0];
    });
    // counter 6, 7 are recorded (row 1, then around to 0); 0 to 5 are not; then 6 and 7 again
    expect(rows).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
  });

  it('moves one layer per pass behind the passes, and plans nothing while one is on its way', () => {
    const shape = { ...SHAPE, layers: 2 };
    const settings = { ...CURRENT, async: true, interval: 4, window: 4 };
    const state = new VllmLifeCycle(settings, shape, fixedCosts({ plan: 30, move: 50, copy: 3 }));
    const said = drive(state, shape, Array(6).fill(HOT_3), 60);
    expect(said).toEqual([
      'plan 30', // t = 60: counter 3 + 1; layer 0 is ready at 60 + 30 + 50 = 140
      '', // 120
      'move 0 (3:1>0), copy 3, commit 0', // 180: taken; layer 1 is ready at 230
      'move 1 (3:1>0), copy 3, commit 1', // 240
      'plan 30', // 300: counter 4
      '', // 360
    ]);
  });

  it('lets the counter run past the interval while layers are on their way', () => {
    const settings = { ...CURRENT, async: true, interval: 2, window: 2 };
    const state = new VllmLifeCycle(settings, SHAPE, fixedCosts({ plan: 0, move: 1000 }));
    drive(state, SHAPE, Array(5).fill(HOT_3), 100);
    expect(state.isTransferring).toBe(true);
    expect(state.rearrangementStep).toBe(4);
  });
});
