import type { LocalInputs } from '../../src/engines/inputs.ts';

/** No local file is named. */
export const NO_INPUTS: LocalInputs = { files: {}, bytes: {}, trees: {} };
