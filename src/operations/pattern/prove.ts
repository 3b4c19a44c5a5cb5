import { UserError } from '../../errors/userError.ts';
import {
  executeMigration,
  isToolSolver,
  type Migration,
  type Placement,
  type PlacementProblem,
  planMigration,
  type Violation,
  verifyPlacement,
} from '../../placement/index.ts';
import type { SolverName } from './solvers.ts';

/**
 * Runs the independent verifier on a solver's output. Duplicates are let through: what can't say them refuses them.
 * @throws UserError where another project's solver breaks a limit; a plain Error, our bug, where ours does
 */
export function proveSolved(solver: SolverName, placement: Placement, problem: PlacementProblem): void {
  const { maxReplicas, old, maxMoves, slotsPerRank } = problem;
  // what such a solver chose is in the answer
  const asked = isToolSolver(solver) ? undefined : slotsPerRank;
  const violations = verifyPlacement(placement, { maxReplicas, old, maxMoves, slotsPerRank: asked }).filter(
    ({ code }) => code !== 'duplicate',
  );
  const budget = problem.slotBudget ?? Number.POSITIVE_INFINITY;
  if (placement.slotExpert.length > budget) {
    violations.push({ code: 'slots', message: `${placement.slotExpert.length} slots are used, ${budget} may be` });
  }
  if (violations.length === 0) return;
  const text = describeViolations(violations);
  if (solver === 'omniplace') throw new Error(`the solver's result is refused by the verifier: ${text}`);
  throw new UserError('unsound_placement', `the solver ${solver} gives no sound placement here: ${text}`, {
    hint: 'Take our own solver, or loosen the limit.',
  });
}

/** How to get from the old placement to the new one, carried out in a simulator to prove it. */
export function proveMigration(old: Placement, next: Placement, ranksPerHost: number | undefined): Migration {
  const migration = planMigration(old, next, { ranksPerHost });
  const { slotExpert } = executeMigration(old, migration, next.slotsPerRank);
  if (slotExpert.some((expert, slot) => expert !== next.slotExpert[slot])) {
    throw new Error('the planned moves do not lead to the new placement');
  }
  return migration;
}

export function describeViolations(violations: readonly Violation[]): string {
  const shown = violations.slice(0, 5).map(({ message }) => message);
  const more = violations.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
