import { UserError } from '../../errors/userError.ts';
import {
  isToolSolver,
  type Placement,
  type ReferenceName,
  type ReferenceProblem,
  references,
  solve,
} from '../../placement/index.ts';
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
  const unknown = OPTIONS.find(({ name, known }) => given[name] !== undefined && !known(solver));
  if (unknown === undefined) return;
  const knowing = SOLVERS.filter(unknown.known);
  throw new UserError('bad_usage', `the solver ${solver} knows no ${unknown.flag}`, {
    hint: `Leave it out, or take ${knowing.length === 1 ? 'our own solver' : `--solver ${knowing.join(' or ')}`}.`,
  });
}

interface SolverOption {
  readonly name: string;
  readonly flag: string;
  readonly known: (solver: SolverName) => boolean;
}

const ours = (solver: SolverName) => solver === 'omniplace';
const keepsGroups = (solver: SolverName) => ['eplb', 'vllm', 'sglang-vec'].includes(solver);

/** The rest all know, or are held to it by the verifier. */
const OPTIONS: readonly SolverOption[] = [
  { name: 'groups', flag: '--groups', known: keepsGroups },
  { name: 'nodes', flag: '--nodes', known: keepsGroups },
  { name: 'specialLayers', flag: '--special-layers', known: isToolSolver },
  { name: 'slotBudget', flag: '--slot-budget', known: ours },
  { name: 'maxMoves', flag: '--max-moves', known: ours },
  { name: 'moveCost', flag: '--move-cost', known: ours },
  { name: 'capability', flag: '--capability', known: ours },
  { name: 'cover', flag: '--cover', known: ours },
  { name: 'parThreshold', flag: '--par-threshold', known: ours },
  { name: 'minGain', flag: '--min-gain', known: ours },
  { name: 'objective', flag: '--objective', known: ours },
  { name: 'effort', flag: '--effort or --fast', known: ours },
  { name: 'seed', flag: '--seed', known: ours },
  { name: 'timeLimit', flag: '--time-limit', known: ours },
];
