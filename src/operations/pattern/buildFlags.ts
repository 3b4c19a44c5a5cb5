import { Flags } from '@oclif/core';
import { loadFlags, localFlags, reportFlag, shapeFlags, solveFlags } from './flags.ts';
import { SOLVER_NAMES } from './solverNames.ts';

/** The flags of `pattern build`. */
export const buildFlags = {
  ...loadFlags,
  ...shapeFlags,
  ...solveFlags,
  ...localFlags,
  solver: Flags.option({
    options: SOLVER_NAMES,
    default: 'omniplace',
    helpValue: 'NAME',
    description: 'our own, or another project’s as it is',
  })(),
  repair: Flags.boolean({ description: 'mend experts that stand twice on a rank' }),
  out: Flags.string({ helpValue: 'FILE', description: 'write the placement here: .npy or .json' }),
  report: reportFlag,
};
