import { describe, expect, it } from 'vitest';
import { readMapRequest } from '../../src/lab/engines/omni/experts/mapRequest.ts';
import type { Slots } from '../../src/lab/engines/omni/experts/slots.ts';

// 2 layers, 4 experts on 2 ranks of 3 slots
const SLOTS: Slots = {
  numLayers: 2,
  numExperts: 4,
  numRanks: 2,
  slotsPerRank: 3,
  experts: Int32Array.of(0, 1, -1, 2, 3, -1, 0, 1, -1, 2, 3, -1),
};

describe('a request for another map', () => {
  it('names layers and what each slot of each rank holds', () => {
    expect(read({ layers: [layer(1, [0, 3, 2], [2, 1, -1])] })).toEqual({
      id: 'a',
      maps: [{ layer: 1, experts: [0, 3, 2, 2, 1, -1] }],
    });
  });

  it.each<[string, unknown]>([
    ['request.json is no JSON: Unexpected end of JSON input', '{'.slice(1)],
    ['id is missing', { id: '' }],
    ['id is missing', [1]],
    ['version is 2, this engine knows 1', { version: 2 }],
    ['base_epoch is 3, in service is 4', { base_epoch: 3 }],
    ['base_epoch is undefined, in service is 4', { base_epoch: undefined }],
    ['layers names no layer', { layers: [] }],
    ['layers names no layer', { layers: { layer: 0 } }],
    ['layer 2 is named, there are 0 to 1', { layers: [layer(2, [0, 1, 2], [2, 3, 0])] }],
    ['layer "0" is named, there are 0 to 1', { layers: [{ layer: '0' }] }],
    ['layer undefined is named, there are 0 to 1', { layers: [null] }],
    ['layer 0 is named twice', { layers: [layer(0, [0, 1, 2], [2, 3, 0]), layer(0, [0, 1, 2], [2, 3, 0])] }],
    ['layer 0: slots is no list of ranks', { layers: [{ layer: 0 }] }],
    ['layer 0: 1 ranks are given, the instance has 2', { layers: [layer(0, [0, 1, 2])] }],
    ['layer 0, rank 1: no list of slots', { layers: [{ layer: 0, slots: [[0, 1, 2], 3] }] }],
    ['layer 0, rank 1: 2 slots are given, a rank has 3', { layers: [layer(0, [0, 1, 2], [3, 2])] }],
    [
      'layer 0, rank 0, slot 1: 4 is no expert; they are 0 to 3, an empty slot is -1',
      { layers: [layer(0, [0, 4, 2], [1, 3, 2])] },
    ],
    [
      'layer 0, rank 1, slot 2: 1.5 is no expert; they are 0 to 3, an empty slot is -1',
      { layers: [layer(0, [0, 1, 2], [1, 3, 1.5])] },
    ],
    ['layer 0: expert 1 is twice on rank 1', { layers: [layer(0, [0, 3, 2], [1, 3, 1])] }],
    ['layer 1: expert 3 is on no rank', { layers: [layer(0, [0, 1, 2], [3, -1, -1]), layer(1, [0, 1, 2], [0, 1, 2])] }],
  ])('is refused: %s', (reason, given) => {
    expect(() => read(given)).toThrow(expect.objectContaining({ message: reason }));
  });

  it('tells whose request was refused', () => {
    expect(() => read({ layers: [] })).toThrow(expect.objectContaining({ id: 'a' }));
    expect(() => read('{}')).toThrow(expect.objectContaining({ id: null }));
  });
});

function read(given: unknown) {
  const whole =
    typeof given === 'string' || Array.isArray(given)
      ? given
      : { version: 1, id: 'a', base_epoch: 4, layers: [], ...(given as object) };
  return readMapRequest(typeof whole === 'string' ? whole : JSON.stringify(whole), SLOTS, 4);
}

function layer(at: number, ...slots: number[][]) {
  return { layer: at, slots };
}
