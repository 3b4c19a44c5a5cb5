import { describe, expect, it } from 'vitest';
import { eplb, eplbLayer } from '../../../src/placement/references/eplb.ts';
import { float32, packBalanced, replicate } from '../../../src/placement/references/packing.ts';
import { loadOf } from '../fixtures.ts';
import { golden } from '../golden.ts';

interface Case {
  name: string;
  weight: number[][];
  num_replicas: number;
  num_groups: number;
  num_nodes: number;
  num_gpus: number;
  phy2log: number[][];
  log2phy: number[][][];
  logcnt: number[][];
}

interface Substep {
  fn: 'replicate_experts' | 'balanced_packing';
  weight: number[][];
  num_phy: number;
  num_packs: number;
  [output: string]: unknown;
}

describe('DeepSeek EPLB', () => {
  it.each(golden<{ cases: Case[] }>('deepseek_eplb').cases)('gives the golden maps of $name', (wanted) => {
    const { num_groups: groups, num_nodes: nodes, num_gpus: ranks, num_replicas: slots } = wanted;
    const layers = wanted.weight.map((weight) =>
      eplbLayer(Float32Array.from(weight), { groups, nodes, ranks, slots }, float32),
    );
    expect(layers.map(({ slotExpert }) => [...slotExpert])).toEqual(wanted.phy2log);
    expect(layers.map(({ counts }) => [...counts])).toEqual(wanted.logcnt);
    for (const [l, { slotExpert, replicaRank }] of layers.entries()) {
      slotExpert.forEach((expert, slot) => {
        expect(wanted.log2phy[l]![expert]![replicaRank[slot]!]).toBe(slot);
      });
    }
  });

  it.each(golden<{ cases: Case[] }>('deepseek_eplb').cases)('solves the problem of $name', (wanted) => {
    const { num_groups: groups, num_nodes: nodes, num_gpus: ranks, num_replicas: slots } = wanted;
    const placement = eplb({ load: loadOf([wanted.weight]), ranks, slotsPerRank: slots / ranks, groups, nodes });
    expect([...placement.slotExpert]).toEqual(wanted.phy2log.flat());
  });

  it.each(golden<{ cases: Substep[] }>('deepseek_substeps').cases)('$fn over $weight.0.length items', (step) => {
    const weight = Float32Array.from(step.weight[0]!);
    if (step.fn === 'replicate_experts') {
      const { expert, rank, counts } = replicate(weight, step.num_phy, float32);
      expect([[...expert]], 'phy2log').toEqual(step.phy2log);
      expect([[...rank]], 'rank').toEqual(step.rank);
      expect([[...counts]], 'logcnt').toEqual(step.logcnt);
    } else {
      const { pack, place } = packBalanced(weight, step.num_packs, float32);
      expect([[...pack]]).toEqual(step.pack_index);
      expect([[...place]]).toEqual(step.rank_in_pack);
    }
  });

  it('refuses groups that do not divide the experts', () => {
    expect(() => eplb({ load: loadOf([[[1, 2, 3, 4]]]), ranks: 2, groups: 3, nodes: 1 })).toThrow(
      '4 experts in 3 groups, 2 ranks on 1 nodes: groups must divide experts and nodes must divide ranks',
    );
  });
});
