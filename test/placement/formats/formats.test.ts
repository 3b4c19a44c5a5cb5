import { describe, expect, it } from 'vitest';
import { parseExpertMap, writeExpertMap } from '../../../src/placement/formats/expertMap.ts';
import { writeNpyInt32 } from '../../../src/placement/formats/npy.ts';
import { parsePattern, writePattern } from '../../../src/placement/formats/pattern.ts';
import { parseSglangMap, writeSglangMap } from '../../../src/placement/formats/sglangMap.ts';
import { logicalMaps } from '../../../src/placement/maps.ts';
import { basePlacement, placementFromTables } from '../../../src/placement/slots.ts';
import type { Placement } from '../../../src/placement/types.ts';
import { verifyPlacement } from '../../../src/placement/verify.ts';
import fc from '../../fakes/fastCheck.ts';
import { loadOf, tablesOf } from '../fixtures.ts';
import { golden } from '../golden.ts';

/** Any placement without duplicates; ranks hold different numbers, slots in rising number as a pattern has them. */
const placements: fc.Arbitrary<Placement> = fc
  .record({
    layers: fc.integer({ min: 1, max: 3 }),
    ranks: fc.integer({ min: 1, max: 4 }),
    experts: fc.integer({ min: 1, max: 9 }),
  })
  .chain(({ layers, ranks, experts }) =>
    fc
      .array(
        fc.array(fc.subarray(Array.from({ length: experts }, (_, expert) => expert)), {
          minLength: ranks,
          maxLength: ranks,
        }),
        { minLength: layers, maxLength: layers },
      )
      .filter((tables) => tables.every((table) => table.some((held) => held.length > 0)))
      .map((tables) => placementFromTables(tables, experts)),
  );

describe('the maps of EplbState', () => {
  interface Case {
    p2l: number[][];
    E: number;
    log2phy: number[][][];
    logcnt: number[][];
  }
  it.each(golden<{ cases: Case[] }>('logical_maps').cases)('are those of $p2l', ({ p2l, E, log2phy, logcnt }) => {
    const maps = logicalMaps(
      placementFromTables(
        p2l.map((row) => [row]),
        E,
      ),
    );
    expect(maps.physicalToLogical).toEqual({ shape: [2, 6], data: Int32Array.from(p2l.flat()) });
    expect(maps.logicalToPhysical).toEqual({
      shape: [2, E, log2phy[0]![0]!.length],
      data: Int32Array.from(log2phy.flat(2)),
    });
    expect(maps.replicaCount).toEqual({ shape: [2, E], data: Int32Array.from(logcnt.flat()) });
  });

  it('number slots alike in layers of different width', () => {
    const placement = placementFromTables(
      [
        [[0], [1]],
        [[1, 0], [0]],
      ],
      2,
    );
    expect([...logicalMaps(placement).physicalToLogical.data]).toEqual([0, -1, 1, -1, 1, 0, 0, -1]);
  });
});

describe('a pattern', () => {
  it('reads back as the placement it was written from', () => {
    fc.assert(
      fc.property(placements, (placement) => {
        expect(parsePattern(writePattern(placement))).toEqual(placement);
      }),
    );
  });

  it('of the base placement is contiguous', () => {
    expect(tablesOf(parsePattern(writePattern(basePlacement(1, 2, 4))))).toEqual([
      [
        [0, 1],
        [2, 3],
      ],
    ]);
    expect(verifyPlacement(basePlacement(3, 5, 12))).toEqual([]);
    expect(tablesOf(basePlacement(1, 5, 12))).toEqual([
      [
        [0, 1, 2],
        [3, 4, 5],
        [6, 7, -1],
        [8, 9, -1],
        [10, 11, -1],
      ],
    ]);
  });

  it('refuses other shapes and values', () => {
    expect(() => parsePattern(writeNpyInt32([2, 3], new Int32Array(6)))).toThrow(
      'a pattern has shape (ranks, layers, experts), this file (2, 3)',
    );
    expect(() => parsePattern(writeNpyInt32([2, 1, 2], [1, 0, 0, 2]))).toThrow(
      'rank 1, layer 0, expert 1 of the pattern is 2, not 0 or 1',
    );
    expect(() => parsePattern(writeNpyInt32([1, 2, 1], [1, 0]))).toThrow(
      'layer 1 of the pattern holds no expert at all',
    );
  });

  it('is not written of a rank that holds an expert twice', () => {
    expect(() =>
      writePattern(
        placementFromTables(
          [
            [
              [0, 1],
              [1, 1],
            ],
          ],
          2,
        ),
      ),
    ).toThrow("rank 1 holds expert 1 of layer 0 twice, which a pattern can't say; repair the placement first");
  });
});

describe("vllm-ascend's expert map", () => {
  it('is written as the loader wants it', () => {
    expect(
      writeExpertMap(
        placementFromTables(
          [
            [
              [0, 2],
              [1, 0],
            ],
          ],
          3,
        ),
      ),
    ).toBe(
      '{"moe_layer_count":1,"layer_list":[{"layer_id":0,"device_count":2,"device_list":[{"device_id":0,"device_expert":[0,2]},{"device_id":1,"device_expert":[1,0]}]}]}\n',
    );
  });

  it('reads back as the placement it was written from, layers and devices in any order', () => {
    fc.assert(
      fc.property(placements, (placement) => {
        const file = JSON.parse(writeExpertMap(placement));
        file.layer_list.reverse();
        for (const layer of file.layer_list) layer.device_list.reverse();
        expect(parseExpertMap(JSON.stringify(file), placement.experts)).toEqual(placement);
      }),
    );
  });

  it.each([
    ['no JSON', '{', 'the expert map is no JSON: '],
    [
      'another number of layers',
      '{"moe_layer_count":2,"layer_list":[]}',
      'layer_list must hold as many layers as moe_layer_count says (2)',
    ],
    [
      'a device that is there twice',
      '{"moe_layer_count":1,"layer_list":[{"layer_id":0,"device_count":2,"device_list":[{"device_id":0,"device_expert":[0]},{"device_id":0,"device_expert":[1]}]}]}',
      'layer 0: device_id 0 is there twice or beyond the 2 devices',
    ],
    [
      'an expert that is no number',
      '{"moe_layer_count":1,"layer_list":[{"layer_id":0,"device_count":1,"device_list":[{"device_id":0,"device_expert":["0"]}]}]}',
      'layer 0, device 0: device_expert must be a list of expert numbers',
    ],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseExpertMap(text)).toThrow(message);
  });

  it('refuses an expert the model does not have', () => {
    const text = writeExpertMap(basePlacement(1, 2, 4));
    expect(() => parseExpertMap(text, 3)).toThrow("the expert map can't be used: it names expert 3 of 3");
  });
});

describe("SGLang's map", () => {
  it('goes both ways', () => {
    const placement = placementFromTables(
      [
        [
          [0, 1],
          [2, 0],
        ],
      ],
      3,
    );
    const text = writeSglangMap(placement);
    expect(text).toBe('{"physical_to_logical_map":[[0,1,2,0]]}\n');
    expect(parseSglangMap(text, 2)).toEqual({ kind: 'placement', placement });
  });

  it('gives a load where it counts tokens, with and without steps', () => {
    expect(parseSglangMap('{"logical_count":[[1,2],[3,4]]}', 2)).toEqual({
      kind: 'load',
      load: loadOf([
        [
          [1, 2],
          [3, 4],
        ],
      ]),
    });
    expect(parseSglangMap('{"logical_count":[[[1,2]],[[3,4]]]}', 2)).toEqual({
      kind: 'load',
      load: loadOf([[[1, 2]], [[3, 4]]]),
    });
  });

  it.each([
    ['{"physical_to_logical_map":[[0,1,2]]}', "3 slots don't divide over 2 ranks"],
    [
      '{"physical_to_logical_map":[[0,-1]]}',
      'physical_to_logical_map holds something else than experts 0 to 2147483647',
    ],
    ['{"logical_count":[[1,-2]]}', 'logical_count must be of one shape and hold counts from 0 to 2^53'],
    ['{"other":1}', "SGLang's map needs physical_to_logical_map [layer][slot]"],
  ])('refuses %s', (text, message) => {
    expect(() => parseSglangMap(text, 2)).toThrow(message);
  });

  it('is not written of a placement with empty slots', () => {
    expect(() => writeSglangMap(placementFromTables([[[0, 1], [2]]], 3))).toThrow(
      "slot 3 of layer 0 is empty, which SGLang's map can't say",
    );
  });
});
