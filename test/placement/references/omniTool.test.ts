import { describe, expect, it } from 'vitest';
import { parseLoadCsv, toolUnits, writeLoadCsv } from '../../../src/placement/formats/csv.ts';
import { patternFileName } from '../../../src/placement/formats/patternNames.ts';
import { omniRearrange, omniRedundant } from '../../../src/placement/references/omniTool.ts';
import { countReplicas } from '../../../src/placement/slots.ts';
import { loadOf, tablesOf } from '../fixtures.ts';
import { golden } from '../golden.ts';

interface Case {
  name: string;
  layers: number;
  experts: number;
  ranks: number;
  numSpecialLayers: number;
  expertRedundantLimit: number;
  redundant: boolean;
  windows: number[][][];
  csv: number[][];
  result: { file: string; shape: number[]; experts_per_rank: number[][][] } & { error?: string; message: string };
}

const { cases } = golden<{ cases: Case[] }>('omni_pattern_tool');

describe("OmniPlacement's pattern tool", () => {
  it.each(cases)('sums the windows of $name in steps of 128 tokens', ({ windows, csv }) => {
    const load = loadOf(windows.map((window) => window.map((line) => line.map(toolUnits))));
    expect(parseLoadCsv(writeLoadCsv(load))).toEqual(loadOf([csv]));
  });

  it.each(cases.filter(({ result }) => result.error === undefined))(
    'gives the golden pattern and name of $name',
    (wanted) => {
      const { ranks, redundant, numSpecialLayers: specialLayers, expertRedundantLimit: redundantLimit } = wanted;
      const solve = redundant ? omniRedundant : omniRearrange;
      const notes: string[] = [];
      const placement = solve(
        { load: loadOf([wanted.csv]), ranks, specialLayers, maxReplicas: redundantLimit + 1 },
        (note) => notes.push(note),
      );
      expect(tablesOf(placement)).toEqual(wanted.result.experts_per_rank);
      expect(notes).toEqual([]);
      const kind = redundant ? 'redundant' : 'rearrange';
      const { layers } = wanted;
      expect(
        patternFileName({
          timestamp: '20250619_095310',
          kind,
          specialLayers,
          layers,
          ranks,
          redundantLimit,
          collecting: 'decode',
        }),
      ).toBe(wanted.result.file);
    },
  );

  it.each(cases.filter(({ result }) => result.error !== undefined))('refuses $name as the tool does', (wanted) => {
    expect(() => omniRedundant({ load: loadOf([wanted.csv]), ranks: wanted.ranks })).toThrow(wanted.result.message);
  });

  it('names the range of windows a pattern was made from', () => {
    expect(
      patternFileName({
        timestamp: '20250619_095310',
        kind: 'redundant',
        specialLayers: 58,
        layers: 58,
        ranks: 64,
        redundantLimit: 300,
        collecting: 'prefill',
        steps: [3, 17],
      }),
    ).toBe(
      'placement_pattern_20250619_095310_58_redundant_layers_58_layers_64_ranks_epmaxdeploy_301_prefill_step3to17.npy',
    );
  });

  it('loses no expert where the original overwrites ranks, and says so', () => {
    const notes: string[] = [];
    const weight = Array.from({ length: 160 }, (_, expert) => 1000 + ((expert * 37) % 400));
    const placement = omniRearrange({ load: loadOf([[weight]]), ranks: 40 }, (note) => notes.push(note));
    expect([...countReplicas(placement.slotExpert, 160)]).toEqual(new Array(160).fill(1));
    expect(notes).toEqual([
      "OmniPlacement's tool would overwrite ranks when it deals 40 ranks to 2 hosts of 16, and lose experts; the ranks are left as packed",
    ]);
  });

  it('gives no expert more copies than ranks, and says so', () => {
    const notes: string[] = [];
    const load = loadOf([[[1e6, 1, 1, 1]]]);
    const placement = omniRedundant({ load, ranks: 2, slotsPerRank: 3, maxReplicas: 12 }, (note) => notes.push(note));
    expect(tablesOf(placement)).toEqual([
      [
        [0, 1, 2],
        [0, 1, 3],
      ],
    ]);
    expect(notes).toEqual([
      "OmniPlacement's tool gives expert 0 of layer 0 more copies than there are ranks, and fails",
    ]);
  });

  it('moves an expert aside where the original finds no rank, and says so', () => {
    const notes: string[] = [];
    const load = loadOf([[[0, 330, 740, 1220, 180, 2660, 0, 150, 980, 0]]]);
    const placement = omniRedundant({ load, ranks: 5, slotsPerRank: 8, maxReplicas: 4 }, (note) => notes.push(note));
    for (const rank of tablesOf(placement)[0]!) expect(new Set(rank).size).toBe(8);
    expect([...countReplicas(placement.slotExpert, 10)]).toEqual(new Array(10).fill(4));
    expect(new Set(notes)).toEqual(
      new Set([
        "OmniPlacement's tool finds no rank for a copy of expert 9 in layer 0, and fails; one expert was moved aside",
      ]),
    );
  });

  it('refuses a limit that leaves slots unused', () => {
    expect(() => omniRedundant({ load: loadOf([[[4, 3, 2, 1]]]), ranks: 2, slotsPerRank: 4, maxReplicas: 1 })).toThrow(
      'layer 0 has 4 slots left when every expert has 1 copies; allow more replicas or fewer slots',
    );
  });
});
