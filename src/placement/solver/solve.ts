import { layerSeed } from '../random.ts';
import { emptyPlacement, layerSlots } from '../slots.ts';
import type { Placement, PlacementProblem, Report } from '../types.ts';
import { changesOfLayer, chooseChanges } from './changeLayer.ts';
import { checkProblem, type Task } from './checkProblem.ts';
import type { Layer, LayerSlots } from './layer.ts';
import { layerOf } from './layerOf.ts';
import { describe } from './report.ts';
import { spendSlotBudget } from './slotBudget.ts';
import { createScratch, solveLayer } from './solveLayer.ts';
import { withoutLimit } from './timeLimit.ts';

/**
 * Our own solver: the placement, and a report that is measured on it. The same problem and seed give the same bytes on
 * every machine. Throws `PlacementError` for a problem that can't be placed.
 */
export function solve(problem: PlacementProblem): { placement: Placement; report: Report } {
  const solution = search(problem);
  const placement = assemble(solution);
  const { task, layers, proven } = solution;
  return { placement, report: describe(task, layers, placement, proven, task.timeLimit.hasStopped()) };
}

/** The placement of `solve` alone: measuring it for the report takes longer than the fast mode takes to find it. */
export function place(problem: PlacementProblem): Placement {
  return assemble(search(problem));
}

function search(problem: PlacementProblem): Solution {
  const task = checkProblem(problem);
  const slotsPerRank =
    problem.slotBudget === undefined
      ? task.slotsPerRank
      : spendSlotBudget(task, problem.slotBudget, (index, slots) => layerOf(task, index, slots));
  const layers = Array.from(slotsPerRank, (slots, index) => layerOf(task, index, slots));
  const found = problem.old === undefined ? solveFreely(task, layers) : changeOld(task, layers, problem.old);
  return { task, layers, slotsPerRank, ...found };
}

interface Found {
  /** [layer] */
  readonly slots: readonly LayerSlots[];
  readonly proven: readonly boolean[];
}

interface Solution extends Found {
  readonly task: Task;
  readonly layers: readonly Layer[];
  readonly slotsPerRank: Int32Array;
}

function solveFreely(task: Task, layers: readonly Layer[]): Found {
  const scratch = createScratch();
  const results = layers.map((layer, index) => {
    const seed = layerSeed(task.seed, index + (task.problem.firstLayer ?? 0));
    const isLate = task.timeLimit.shouldStop();
    return solveLayer(isLate ? withoutLimit(layer) : layer, isLate ? { ...task, effort: 0 } : task, seed, scratch);
  });
  return { slots: results.map((result) => result.slots), proven: results.map((result) => result.proven) };
}

function changeOld(task: Task, layers: readonly Layer[], old: Placement): Found {
  const scratch = createScratch();
  const proven = layers.map(() => false);
  const changes = layers.map((layer, index) => {
    const isLate = task.timeLimit.shouldStop();
    const own = isLate ? withoutLimit(layer) : layer;
    const hurried = isLate ? { ...task, effort: 0 } : task;
    const seed = layerSeed(task.seed, index + (task.problem.firstLayer ?? 0));
    const free = () => solveLayer(own, hurried, seed, scratch).slots;
    return changesOfLayer(own, hurried, { index, old: layerSlots(old, index), seed }, free);
  });
  return { slots: chooseChanges(changes, task), proven };
}

/**
 * Layer slots may be fewer than the placement's: a rank holds no expert twice, so the rest stays empty. Experts that
 * stay on a rank keep their slot, the others fill what is free in rising order.
 */
function assemble({ task, slotsPerRank, slots: layers }: Solution): Placement {
  const { ranks, load, old } = task.problem;
  const placement = emptyPlacement(load.layers, ranks, load.experts, slotsPerRank);
  for (let index = 0; index < load.layers; index++) {
    const slots = layers[index]!;
    const held = slots.length / ranks;
    const outer = layerSlots(placement, index);
    const width = outer.length / ranks;
    if (old === undefined) {
      for (let rank = 0; rank < ranks; rank++) fillRising(outer, rank * width, slots, rank * held, held);
      continue;
    }
    const before = layerSlots(old, index);
    for (let rank = 0; rank < ranks; rank++) {
      const row = outer.subarray(rank * width, (rank + 1) * width);
      const oldRow = before.subarray((rank * before.length) / ranks, ((rank + 1) * before.length) / ranks);
      fillRow(row, slots.slice(rank * held, (rank + 1) * held).sort(), oldRow);
    }
  }
  return placement;
}

/** By insertion: a row is short, and making an array of each costs more than sorting it. */
function fillRising(row: Int32Array, first: number, experts: Int32Array, from: number, size: number): void {
  let end = first;
  for (let i = from; i < from + size; i++) {
    const expert = experts[i]!;
    if (expert < 0) continue;
    let at = end++;
    for (; at > first && row[at - 1]! > expert; at--) row[at] = row[at - 1]!;
    row[at] = expert;
  }
}

function fillRow(row: Int32Array, experts: Int32Array, old: Int32Array): void {
  const arriving: number[] = [];
  for (const expert of experts) {
    if (expert < 0) continue;
    const slot = old.indexOf(expert);
    if (slot >= 0 && slot < row.length) row[slot] = expert;
    else arriving.push(expert);
  }
  for (const expert of arriving) row[row.indexOf(-1)] = expert;
}
