import { UserError } from '../cli/userError.ts';
import { type Placement, type ReferenceName, type ReferenceProblem, references, solve } from '../placement/index.ts';
import { SOLVER_NAMES } from './solverNames.ts';

/** Ours first. */
export const SOLVERS: readonly SolverName[] = SOLVER_NAMES;
export type SolverName = 'omniplace' | ReferenceName;

export interface Solved {
  readonly solver: SolverName;
  readonly placement: Placement;
  readonly solveMs: number;
  /** the time limit ended the search */
  readonly stoppedEarly: boolean;
  /** what the original of a reference would have done wrong here */
  readonly notes: readonly string[];
}

export interface SolveOptions {
  readonly timeLimitMs?: number | undefined;
  /** asked often while our solver works */
  readonly onTick?: ((elapsedMs: number) => void) | undefined;
}

export function runSolver(solver: SolverName, problem: ReferenceProblem, options: SolveOptions = {}): Solved {
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  if (solver === 'omniplace') {
    const shouldStop = () => {
      options.onTick?.(elapsed());
      return elapsed() > (options.timeLimitMs ?? Number.POSITIVE_INFINITY);
    };
    const { placement, report } = solve({ ...problem, shouldStop });
    return { solver, placement, solveMs: elapsed(), stoppedEarly: report.stoppedEarly, notes: [] };
  }
  const notes = new Set<string>();
  const placement = references[solver](problem, (note) => notes.add(note));
  return { solver, placement, solveMs: elapsed(), stoppedEarly: false, notes: [...notes] };
}

export function parseSolvers(text: string): readonly SolverName[] {
  if (text === 'all') return SOLVERS;
  return text.split(',').map((name) => {
    const solver = SOLVERS.find((one) => one === name.trim());
    if (solver !== undefined) return solver;
    throw new UserError('bad_usage', `there is no solver ${name.trim()}`, {
      hint: `Solvers are: ${SOLVERS.join(', ')}.`,
    });
  });
}

/** Options that would be silently without effect are refused. */
export function refuseUnknownOptions(
  solver: SolverName,
  problem: ReferenceProblem,
  timeLimitMs: number | undefined,
): void {
  const given: Readonly<Record<string, unknown>> = { ...problem, timeLimit: timeLimitMs };
  const unknown = Object.entries(solver === 'omniplace' ? THEIRS_ALONE : OURS_ALONE).find(
    ([option]) => given[option] !== undefined,
  );
  if (unknown === undefined) return;
  throw new UserError('bad_usage', `the solver ${solver} knows no ${unknown[1]}`, {
    hint:
      solver === 'omniplace'
        ? 'Leave it out, or name a --solver that knows it.'
        : 'Leave it out, or take our own solver.',
  });
}

const THEIRS_ALONE = { groups: '--groups', nodes: '--nodes', specialLayers: '--special-layers' };
const OURS_ALONE = {
  slotBudget: '--slot-budget',
  maxMoves: '--max-moves',
  moveCost: '--move-cost',
  capability: '--capability',
  cover: '--cover',
  parThreshold: '--par-threshold',
  minGain: '--min-gain',
  objective: '--objective',
  effort: '--effort or --fast',
  seed: '--seed',
  timeLimit: '--time-limit',
};
