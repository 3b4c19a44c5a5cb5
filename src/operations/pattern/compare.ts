import { UserError } from '../../errors/userError.ts';
import { basePlacement, type Placement, PlacementError, type ReferenceProblem } from '../../placement/index.ts';
import { proveAndRepair } from './build.ts';
import { type Measured, measureQuality } from './measured.ts';
import { type ProblemFlags, readProblem } from './problem.ts';
import { progressOf } from './progress.ts';
import { readPlacement } from './readPlacement.ts';
import { parseSolvers, runSolver, type SolverName } from './solvers.ts';

export interface CompareFlags extends ProblemFlags {
  readonly solvers?: string | undefined;
  readonly repair?: boolean | undefined;
  readonly 'time-limit'?: number | undefined;
}

export interface CompareRow {
  /** a file, a solver, `base` or `old` */
  readonly name: string;
  /** null where there is none: `problem` says why */
  readonly measured: Measured | null;
  /** null for files */
  readonly solveMs: number | null;
  readonly problem: string | null;
}

export interface CompareAnswer {
  readonly layers: number;
  readonly experts: number;
  readonly ranks: number;
  readonly episodes: number;
  readonly rows: readonly CompareRow[];
}

/** Placements of files, and those solvers make, judged by the same load. */
export async function comparePatterns(
  files: readonly string[],
  flags: CompareFlags,
  say: (line: string) => void,
): Promise<CompareAnswer> {
  const solvers = flags.solvers === undefined ? [] : parseSolvers(flags.solvers);
  if (files.length + solvers.length === 0) {
    throw new UserError('bad_usage', 'there is nothing to compare', {
      hint: 'Name placement files before --load, or --solvers all.',
    });
  }
  const placements: { name: string; placement: Placement }[] = [];
  for (const file of files) placements.push({ name: file, placement: (await readPlacement(file, flags)).placement });
  const problem = await readProblem(flags, say, { ranks: placements[0]?.placement.ranks });
  const { load, ranks, old } = problem;
  placements.unshift(
    old === undefined
      ? { name: 'base', placement: basePlacement(load.layers, ranks, load.experts) }
      : { name: 'old', placement: old },
  );
  const rows: CompareRow[] = placements.map(({ name, placement }) => judge(name, problem, placement));
  for (const solver of solvers) rows.push(solveAndJudge(solver, problem, flags, say));
  return { layers: load.layers, experts: load.experts, ranks, episodes: load.episodes, rows };
}

function judge(name: string, problem: ReferenceProblem, placement: Placement): CompareRow {
  const { load, ranks } = problem;
  if (placement.layers !== load.layers || placement.experts !== load.experts || placement.ranks !== ranks) {
    throw new UserError(
      'bad_shape',
      `${name} is of ${placement.layers} layers x ${placement.experts} experts on ${placement.ranks} ranks, the load of ${load.layers} x ${load.experts} for ${ranks}`,
      { hint: 'Compare placements of one model on one instance.' },
    );
  }
  return { name, measured: measureQuality(problem, placement), solveMs: null, problem: null };
}

/** A solver that has no answer here is a row too. */
function solveAndJudge(
  solver: SolverName,
  problem: ReferenceProblem,
  flags: CompareFlags,
  say: (line: string) => void,
): CompareRow {
  say(`solving with ${solver}`);
  try {
    const solved = runSolver(solver, problem, { timeLimitMs: flags['time-limit'], onTick: progressOf(say) });
    for (const note of solved.notes) say(`note: ${note}`);
    const placement = proveAndRepair(solved, problem, flags.repair === true, say);
    return { name: solver, measured: measureQuality(problem, placement), solveMs: solved.solveMs, problem: null };
  } catch (error) {
    if (!(error instanceof PlacementError || error instanceof UserError)) throw error;
    return { name: solver, measured: null, solveMs: null, problem: error.message };
  }
}
