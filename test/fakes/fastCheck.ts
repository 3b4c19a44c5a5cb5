import fc from 'fast-check';
import { SEED } from './seed.ts';

/** fast-check with this run's seed: every property test imports it from here (a lint rule sees to it). */
fc.configureGlobal({ seed: SEED });

export default fc;
