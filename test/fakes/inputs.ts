import type { LocalInputs } from '../../src/engines/engine.ts';

/** No local file is named. */
export const NO_INPUTS: LocalInputs = { files: {}, patterns: {}, codeDigest: null };
