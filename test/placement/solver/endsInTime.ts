import { expect } from 'vitest';
import { solve } from '../../../src/placement/solver/solve.ts';
import { PlacementError } from '../../../src/placement/types.ts';
import { verifyPlacement } from '../../../src/placement/verify.ts';
import { randomProblem } from './randomProblem.ts';
import { expectValid } from './validity.ts';

/** Questions for the time limit per layer and unit of effort, one every 256 steps: 4 times what a search needs. */
const MOST_QUESTIONS = 40_000;
/** Searches for affine routing take as long on every problem, so a time limit ends them. */
const AFFINE_QUESTIONS = 100;

/** Solves the seeded problem; fails where that takes too many steps, or what comes out is not valid. */
export function expectEnd(seed: number): void {
  const problem = randomProblem(seed);
  const isAffine = problem.split === 'affine' || problem.split === 'joint';
  const most = MOST_QUESTIONS * problem.load.layers * Math.max(1, problem.effort!);
  let questions = 0;
  const shouldStop = () => {
    if (++questions > most) expect.fail(`seed ${seed}: the search does not end`);
    return isAffine && questions > AFFINE_QUESTIONS;
  };
  try {
    const { placement } = solve({ ...problem, shouldStop });
    const { old, maxMoves } = problem;
    if (old === undefined) expectValid(problem, placement);
    else expect(verifyPlacement(placement, { old, maxMoves }), `seed ${seed}`).toEqual([]);
  } catch (error) {
    // an old placement of fewer slots than can be filled
    if (!(error instanceof PlacementError && error.message.endsWith('raise maxMoves'))) throw error;
  }
}
