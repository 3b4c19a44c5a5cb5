import { REFERENCE_NAMES } from '../../placement/references/names.ts';

/** Known without loading the engine, for help; ours first. A test keeps it equal to what the engine has. */
export const SOLVER_NAMES = ['omniplace', ...REFERENCE_NAMES] as const;
