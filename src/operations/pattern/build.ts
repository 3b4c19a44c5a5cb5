import { UserError } from '../../errors/userError.ts';
import { writeWhole } from '../../files/writeFile.ts';
import {
  CODECS,
  type Migration,
  type Placement,
  type PlacementFormat,
  type ReferenceProblem,
  repairDuplicates,
} from '../../placement/index.ts';
import type { FlagsOf } from '../session/flagsOf.ts';
import type { buildFlags } from './buildFlags.ts';
import { formatOf } from './formats.ts';
import { keepLocal, type Locality } from './keepLocal.ts';
import { type Measured, measureQuality } from './measured.ts';
import { readProblem } from './problem.ts';
import { progressOf } from './progress.ts';
import { proveMigration, proveSolved } from './prove.ts';
import { refuseUnequalRanks } from './slotFaults.ts';
import { refuseUnknownOptions, runSolver, type Solved, type SolverName } from './solvers.ts';
import { loadOfSources, readSourceLoad } from './sourceLoad.ts';
import { type SurviveAnswer, surviveAnswer } from './survive.ts';

export type BuildFlags = FlagsOf<typeof buildFlags>;

/** What `pattern build --json` prints. */
export interface BuildAnswer extends Measured {
  readonly solver: SolverName;
  readonly solveMs: number;
  /** with --keep-local */
  readonly locality?: Locality;
  /** null: nothing was written */
  readonly out: string | null;
}

export interface Built {
  readonly answer: BuildAnswer;
  readonly problem: ReferenceProblem;
  readonly placement: Placement;
  /** null without an old placement */
  readonly migration: Migration | null;
  /** null without --cover */
  readonly survive: SurviveAnswer | null;
}

/** Load to placement, verified, and written where asked. */
export async function buildPattern(flags: BuildFlags, say: (line: string) => void): Promise<Built> {
  const format = flags.out === undefined ? null : formatOf(flags.out);
  const keeps = flags['keep-local'] === true;
  const sources = flags['source-load'] === undefined ? undefined : await readSourceLoad(flags['source-load']);
  const given = sources === undefined ? {} : { ranks: sources.ranks, load: loadOfSources(sources) };
  // tokens are kept at home under one routing: near first, unless replicas are drawn evenly
  const split = keeps && flags.split !== 'uniform' ? 'affine' : flags.split;
  const problem = await readProblem({ ...flags, split }, say, given);
  refuseUnknownOptions(flags.solver, problem, flags['time-limit']);
  const { load, ranks } = problem;
  say(`solving ${load.layers} layers x ${load.experts} experts on ${ranks} ranks with ${flags.solver}`);
  const solved = runSolver(flags.solver, problem, { timeLimitMs: flags['time-limit'], onTick: progressOf(say) });
  for (const note of solved.notes) say(`note: ${note}`);
  if (solved.stoppedEarly) say(`the time limit of ${flags['time-limit']} ms ended the search`);
  const proven = proveAndRepair(solved, problem, flags.repair === true, say);
  const kept = keeps ? keepLocal(problem, proven, sources, flags, say) : null;
  const placement = kept?.placement ?? proven;
  if (kept !== null) proveSolved(flags.solver, placement, problem);
  const empty = placement.slotExpert.reduce((count, expert) => count + (expert < 0 ? 1 : 0), 0);
  if (empty > 0)
    say(`note: ${empty} of ${placement.slotExpert.length} slots stay empty: experts have no more copies than they may`);
  const { old } = problem;
  const migration = old === undefined ? null : proveMigration(old, placement, problem.ranksPerHost);
  const measured = measureQuality(problem, placement);
  if (flags.out !== undefined && format !== null) {
    refuseDuplicates(measured.duplicates, format, flags.out);
    for (const { message } of refuseUnequalRanks(placement, format, flags.out)) say(`warning: ${message}`);
    await writeWhole(flags.out, CODECS[format].write(placement));
  }
  const { split: judged, ...rest } = measured;
  const solveMs = Math.round(solved.solveMs * 10) / 10;
  return {
    answer: {
      solver: flags.solver,
      split: judged,
      ...rest,
      solveMs,
      ...(kept === null ? {} : { locality: kept.locality }),
      out: flags.out ?? null,
    },
    problem,
    placement,
    migration,
    survive: flags.cover === undefined ? null : surviveAnswer(placement, flags.cover, flags['ranks-per-host']),
  };
}

/** The solver's placement, proven sound, its duplicates mended where that is wanted. */
export function proveAndRepair(
  { solver, placement }: Solved,
  problem: ReferenceProblem,
  repair: boolean,
  say: (line: string) => void,
): Placement {
  proveSolved(solver, placement, problem);
  if (!repair) return placement;
  const mended = repairDuplicates(placement, problem.load);
  if (mended.duplicates === 0) return placement;
  proveSolved(solver, mended.placement, problem);
  say(`mended ${mended.duplicates} slots whose expert stood on its rank already`);
  return mended.placement;
}

function refuseDuplicates(duplicates: number, format: PlacementFormat, out: string): void {
  if (duplicates === 0 || !CODECS[format].equalRanks) return;
  throw new UserError(
    'duplicates',
    `${out}: ${duplicates} slots hold an expert that their rank holds already, which a pattern can't say`,
    {
      hint: 'Add --repair to mend them, or take our own solver, which makes none.',
    },
  );
}
