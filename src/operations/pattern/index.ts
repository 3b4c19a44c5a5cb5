export { asUserError } from './asUserError.ts';
export { parseLost } from './lostRanks.ts';
export { proveSolved } from './prove.ts';
export { readDumps } from './readDumps.ts';
export { readLoad } from './readLoad.ts';
export { readPlacement } from './readPlacement.ts';
export { solveInParts } from './solveInParts.ts';
export { runSolver, type SolverName } from './solvers.ts';
