import { PlacementError } from '../types.ts';
import { type LayerProblem, type ReferenceSolver, solveLayers } from './layerProblem.ts';
import { fallingOrder, float64, packBalanced } from './packing.ts';
import { notePlacedGlobally } from './placedGlobally.ts';

/**
 * SGLang's deepseek_vec (deepseek_vec.py 68836b60): over all recorded steps at once, each spare slot goes to the expert
 * whose further copy leaves the least sum over steps of the highest load per copy; the copies are then dealt to the ranks
 * in a snake by mean load. Hierarchical where groups divide over more than one node: each node is a chunk of its own.
 *
 * Deviation: stable sorts, ties by lowest index. Kept: float32, loads told apart by 1e-4 per expert number, no feedback
 * from rank loads, duplicates on a rank.
 */
export const sglangVec: ReferenceSolver = (problem, note) => {
  const { groups = 1, nodes = 1 } = problem;
  notePlacedGlobally('groups', groups, nodes, note);
  const hierarchical = nodes > 1 && groups % nodes === 0;
  return solveLayers(problem, (layer) => {
    if (!hierarchical) return placeChunk(layer.tokens, layer.episodes, layer.ranks, layer.slotsPerRank);
    if (layer.experts % groups !== 0 || layer.ranks % nodes !== 0) {
      throw new PlacementError(
        'bad-option',
        `${layer.experts} experts in ${groups} groups, ${layer.ranks} ranks on ${nodes} nodes: groups must divide experts and nodes must divide ranks`,
      );
    }
    return placeNodes(layer, groups, nodes);
  });
};

function placeNodes(layer: LayerProblem, groups: number, nodes: number): Int32Array {
  const { experts, episodes, ranks, slotsPerRank, tokens, total } = layer;
  const groupSize = experts / groups;
  const groupTokens = new Float64Array(groups);
  for (let expert = 0; expert < experts; expert++) groupTokens[Math.floor(expert / groupSize)]! += total[expert]!;
  const { pack, place } = packGroups(groupTokens, nodes);
  const members = new Int32Array(experts);
  for (let expert = 0; expert < experts; expert++) {
    const group = Math.floor(expert / groupSize);
    members[(pack[group]! * (groups / nodes) + place[group]!) * groupSize + (expert % groupSize)] = expert;
  }
  const slotExpert = new Int32Array(ranks * slotsPerRank);
  const perNode = experts / nodes;
  const slotsPerNode = slotExpert.length / nodes;
  for (let node = 0; node < nodes; node++) {
    const held = members.subarray(node * perNode, (node + 1) * perNode);
    const heldTokens = new Float64Array(episodes * perNode);
    for (let i = 0; i < heldTokens.length; i++) {
      heldTokens[i] = tokens[Math.floor(i / perNode) * experts + held[i % perNode]!]!;
    }
    const chunk = placeChunk(heldTokens, episodes, ranks / nodes, slotsPerRank, node * perNode);
    for (let slot = 0; slot < slotsPerNode; slot++) slotExpert[node * slotsPerNode + slot] = held[chunk[slot]!]!;
  }
  return slotExpert;
}

/** As many groups as nodes are sorted too, unlike DeepSeek's packing. */
function packGroups(weight: Float64Array, nodes: number) {
  if (weight.length !== nodes) return packBalanced(weight, nodes, float64);
  const pack = new Int32Array(nodes);
  fallingOrder(weight).forEach((group, node) => {
    pack[group] = node;
  });
  return { pack, place: new Int32Array(nodes) };
}

/** `tokens` is [step][expert]; gives [rank][slot]. `firstExpert` is the place of the chunk's first expert among all. */
function placeChunk(tokens: Float64Array, steps: number, ranks: number, slotsPerRank: number, firstExpert = 0) {
  const experts = tokens.length / steps;
  const slots = ranks * slotsPerRank;
  const { copyExpert, counts } = replicateOverSteps(Float32Array.from(tokens), steps, slots, firstExpert);
  if (slotsPerRank === 1) return copyExpert;
  const mean = new Float32Array(experts);
  for (let i = 0; i < tokens.length; i++) mean[i % experts] = mean[i % experts]! + tokens[i]!;
  const unit = Float32Array.from(copyExpert, (expert) => mean[expert]! / counts[expert]!);
  const slotExpert = new Int32Array(slots);
  fallingOrder(unit).forEach((copy, i) => {
    const row = Math.floor(i / ranks);
    const rank = row % 2 === 0 ? i % ranks : ranks - 1 - (i % ranks);
    slotExpert[rank * slotsPerRank + row] = copyExpert[copy]!;
  });
  return slotExpert;
}

function replicateOverSteps(tokens: Float32Array, steps: number, slots: number, firstExpert: number) {
  const experts = tokens.length / steps;
  const toldApart = tokens.map((load, i) => load + Math.fround((firstExpert + (i % experts)) * Math.fround(1e-4)));
  const counts = new Int32Array(experts).fill(1);
  const copyExpert = Int32Array.from({ length: slots }, (_, copy) => copy);
  const sum = new Float32Array(experts);
  for (let copy = experts; copy < slots; copy++) {
    sum.fill(0);
    for (let step = 0; step < steps; step++) addStep(toldApart, tokens, step * experts, counts, sum);
    let chosen = 0;
    for (let expert = 1; expert < experts; expert++) if (sum[expert]! < sum[chosen]!) chosen = expert;
    copyExpert[copy] = chosen;
    counts[chosen]! += 1;
  }
  return { copyExpert, counts };
}

/** Adds, for each expert that might get a copy, the highest load per copy that this step would then have. */
function addStep(score: Float32Array, tokens: Float32Array, first: number, counts: Int32Array, sum: Float32Array) {
  const experts = counts.length;
  let top = 0;
  let highest = -1;
  for (let expert = 0; expert < experts; expert++) {
    const unit = Math.fround(score[first + expert]! / counts[expert]!);
    if (unit > highest) {
      highest = unit;
      top = expert;
    }
  }
  let next = Math.fround(tokens[first + top]! / (counts[top]! + 1));
  for (let expert = 0; expert < experts; expert++) {
    if (expert !== top) next = Math.max(next, Math.fround(score[first + expert]! / counts[expert]!));
  }
  for (let expert = 0; expert < experts; expert++) sum[expert] = sum[expert]! + (expert === top ? next : highest);
}
