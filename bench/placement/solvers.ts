import { type Placement, type PlacementProblem, references, type Split } from '../../src/placement/index.ts';
import { place } from '../../src/placement/solver/solve.ts';

export interface Contestant {
  readonly name: string;
  readonly ours: boolean;
  readonly place: (problem: PlacementProblem) => Placement;
}

/** Solvers that know several episodes only by their sum get them all the same; the reference does the summing. */
export function contestants(split: Split): Contestant[] {
  const list: Contestant[] = [
    { name: 'ours', ours: true, place: (problem) => place({ ...problem, old: undefined, split }) },
    {
      name: 'ours, fast',
      ours: true,
      place: (problem) => place({ ...problem, old: undefined, split, effort: 0 }),
    },
  ];
  for (const [name, reference] of Object.entries(references)) {
    list.push({ name, ours: false, place: (problem) => reference(problem) });
  }
  return list;
}
