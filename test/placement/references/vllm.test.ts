import { describe, expect, it } from 'vitest';
import { keepSlots } from '../../../src/placement/references/keepSlots.ts';
import { vllm } from '../../../src/placement/references/vllm.ts';
import { placementFromTables } from '../../../src/placement/slots.ts';
import { loadOf } from '../fixtures.ts';
import { golden } from '../golden.ts';

interface Case {
  E: number;
  num_ranks: number;
  num_replicas: number;
  num_groups: number;
  num_nodes: number;
  weight0: number[][];
  weight1: number[][];
  initial: number[][];
  step1: number[][];
  step2: number[][];
  step2_without_old: number[][];
}

describe("vLLM's default policy", () => {
  it.each(golden<{ cases: Case[] }>('vllm_default').cases)('gives two golden steps of $E experts', (wanted) => {
    const { num_ranks: ranks, num_replicas: slots, num_groups: groups, num_nodes: nodes } = wanted;
    const solve = (weight: number[][], old?: number[][]) =>
      vllm({
        load: loadOf([weight]),
        ranks,
        slotsPerRank: slots / ranks,
        groups,
        nodes,
        old:
          old &&
          placementFromTables(
            old.map((map) => rowsOf(map, slots / ranks)),
            wanted.E,
          ),
      });
    expect([...solve(wanted.weight0, wanted.initial).slotExpert]).toEqual(wanted.step1.flat());
    expect([...solve(wanted.weight1, wanted.step1).slotExpert]).toEqual(wanted.step2.flat());
    expect([...solve(wanted.weight1).slotExpert]).toEqual(wanted.step2_without_old.flat());
  });

  it('keeps each of two copies of an expert on a rank in its slot', () => {
    expect([...keepSlots([5, 1, 5, 2], [3, 5, 5, 4], 1)]).toEqual([5, 3, 5, 4]);
  });
});

function rowsOf(map: number[], length: number): number[][] {
  return Array.from({ length: map.length / length }, (_, rank) => map.slice(rank * length, (rank + 1) * length));
}
