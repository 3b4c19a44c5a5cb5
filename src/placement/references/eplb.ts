import { PlacementError } from '../types.ts';
import { type ReferenceSolver, solveLayers } from './layerProblem.ts';
import { float32, packBalanced, type Rounding, replicate } from './packing.ts';
import { notePlacedGlobally } from './placedGlobally.ts';

/**
 * DeepSeek EPLB (deepseek-ai/EPLB d52c72d5): groups are packed onto nodes, experts replicated within each node by
 * min-max, the copies packed onto the node's ranks. Global where groups don't divide over the nodes: one group, one node.
 *
 * Deviation: sorts are stable, ties by lowest index, where torch's are not. Kept: no limit of copies per expert, the same
 * expert may stand twice on a rank, a layer without load gives every spare slot to the lowest expert.
 */
export const eplb: ReferenceSolver = (problem, note) => {
  const { groups = 1, nodes = 1 } = problem;
  notePlacedGlobally('groups', groups, nodes, note);
  return solveLayers(problem, ({ total, ranks, slotsPerRank }) => {
    const shape = { groups, nodes, ranks, slots: ranks * slotsPerRank };
    return eplbLayer(Float32Array.from(total), shape, float32).slotExpert;
  });
};

export interface EplbShape {
  readonly groups: number;
  readonly nodes: number;
  readonly ranks: number;
  /** of all ranks together */
  readonly slots: number;
}

export interface EplbLayer {
  /** [rank][slot] */
  readonly slotExpert: Int32Array;
  /** [rank][slot]: which replica of its expert, from 0 */
  readonly replicaRank: Int32Array;
  /** [expert] */
  readonly counts: Int32Array;
}

export function eplbLayer(weight: ArrayLike<number>, shape: EplbShape, round: Rounding): EplbLayer {
  const experts = weight.length;
  const { ranks, slots } = shape;
  const hierarchical = shape.groups % shape.nodes === 0;
  const groups = hierarchical ? shape.groups : 1;
  const nodes = hierarchical ? shape.nodes : 1;
  if (experts % groups !== 0 || ranks % nodes !== 0) {
    throw new PlacementError(
      'bad-option',
      `${experts} experts in ${groups} groups, ${ranks} ranks on ${nodes} nodes: groups must divide experts and nodes must divide ranks`,
    );
  }
  const expertAt = nodeMajorOrder(weight, groups, nodes, round);
  const expertsPerNode = experts / nodes;
  const slotsPerNode = slots / nodes;
  const slotsPerRank = slots / ranks;
  const layer = {
    slotExpert: new Int32Array(slots),
    replicaRank: new Int32Array(slots),
    counts: new Int32Array(experts),
  };
  for (let node = 0; node < nodes; node++) {
    const members = expertAt.subarray(node * expertsPerNode, (node + 1) * expertsPerNode);
    const memberWeight = Float64Array.from(members, (expert) => weight[expert]!);
    const copies = replicate(memberWeight, slotsPerNode, round);
    const unit = Float64Array.from(copies.expert, (member) => round(memberWeight[member]! / copies.counts[member]!));
    const { pack, place } = packBalanced(unit, ranks / nodes, round);
    for (let copy = 0; copy < slotsPerNode; copy++) {
      const slot = node * slotsPerNode + pack[copy]! * slotsPerRank + place[copy]!;
      layer.slotExpert[slot] = members[copies.expert[copy]!]!;
      layer.replicaRank[slot] = copies.rank[copy]!;
    }
    for (let member = 0; member < expertsPerNode; member++) layer.counts[members[member]!] = copies.counts[member]!;
  }
  return layer;
}

/** Experts in the order node, group within node, member. */
function nodeMajorOrder(weight: ArrayLike<number>, groups: number, nodes: number, round: Rounding): Int32Array {
  const groupSize = weight.length / groups;
  const groupsPerNode = groups / nodes;
  const groupWeight = new Float64Array(groups);
  for (let expert = 0; expert < weight.length; expert++) {
    const group = Math.floor(expert / groupSize);
    groupWeight[group] = round(groupWeight[group]! + weight[expert]!);
  }
  const { pack, place } = packBalanced(groupWeight, nodes, round);
  const order = new Int32Array(weight.length);
  for (let group = 0; group < groups; group++) {
    const first = (pack[group]! * groupsPerNode + place[group]!) * groupSize;
    for (let member = 0; member < groupSize; member++) order[first + member] = group * groupSize + member;
  }
  return order;
}
