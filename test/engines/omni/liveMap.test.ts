import { describe, expect, it } from 'vitest';
import {
  parseLiveEngine,
  parseLiveMap,
  parseSwapAnswer,
  swapRequestText,
} from '../../../src/engines/omni/experts/liveMap.ts';
import { writeNpyInt32 } from '../../../src/placement/index.ts';

// the examples of docs/live-map.md
const ENGINE = '{"version":1,"pid":214,"layers":1,"ranks":2,"slots_per_rank":3,"experts":4,"epoch":2,"from_step":17}';
const engine = parseLiveEngine(ENGINE);
const npy = (...slots: number[]) => writeNpyInt32([1, 2, 3], slots);
const fault = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
};

describe('the files of a live map', () => {
  it('are read as the engine writes them', () => {
    expect(engine).toEqual({ pid: 214, layers: 1, ranks: 2, slotsPerRank: 3, experts: 4, epoch: 2 });
    const map = parseLiveMap('{"epoch":2,"from_step":17}', npy(0, 1, -1, 2, 3, 0), engine);
    expect([map.epoch, map.fromStep, Array.from(map.placement.slotExpert)]).toEqual([2, 17, [0, 1, -1, 2, 3, 0]]);
    const applied = '{"version":1,"id":"w-3f9c","state":"applied","reason":null,"epoch":3,"from_step":21}';
    expect(parseSwapAnswer(applied)).toEqual({ id: 'w-3f9c', state: 'applied', reason: '', epoch: 3, fromStep: 21 });
    const refused =
      '{"version":1,"id":"w","state":"refused","reason":"rank 3 doesn\'t answer","epoch":3,"from_step":21}';
    expect(parseSwapAnswer(refused)).toMatchObject({ state: 'refused', reason: "rank 3 doesn't answer" });
    expect(parseSwapAnswer('{"version":1,"id":null,"state":"refused","reason":"id is missing"}')).toBeNull();
  });

  it('are asked for by the layers that change, slots by rank', () => {
    const layers = [{ layer: 0, slots: Int32Array.of(0, 6, 2, 4, 1, 5, 3, 7) }];
    expect(swapRequestText({ id: 'w-3f9c', baseEpoch: 2, layers }, 2)).toBe(
      '{"version":1,"id":"w-3f9c","base_epoch":2,"layers":[{"layer":0,"slots":[[0,6,2,4],[1,5,3,7]]}]}\n',
    );
  });

  it('that are not of this contract are refused with what is wrong', () => {
    expect(fault(() => parseLiveEngine('[]'))).toBe('it is no JSON object');
    expect(fault(() => parseLiveEngine('{"version":2}'))).toBe('it is of version 2, 1 is understood');
    expect(fault(() => parseLiveEngine(ENGINE.replace('214', '"214"')))).toBe('its pid is "214"');
    expect(fault(() => parseLiveEngine(ENGINE.replace('"ranks":2,', '')))).toBe('its ranks is undefined');
    expect(fault(() => parseLiveMap('{"epoch":0,"from_step":1}', npy(0, 1, 4, 2, 3, 0), engine))).toBe(
      'it has expert 4, the engine has 4',
    );
    expect(fault(() => parseLiveMap('{"epoch":0}', npy(0, 1, 2, 2, 3, 0), engine))).toBe('its from_step is undefined');
    expect(
      fault(() => parseLiveMap('{"epoch":0,"from_step":1}', writeNpyInt32([2, 3], [0, 1, 2, 3, 0, 1]), engine)),
    ).toBe('its shape is (2, 3), the engine says (1, 2, 3)');
    expect(fault(() => parseSwapAnswer('{"id":"x","state":"maybe"}'))).toBe('its state is "maybe"');
  });
});
