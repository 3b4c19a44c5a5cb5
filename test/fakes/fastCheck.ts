import fc from 'fast-check';
import { SEED } from './seed.ts';

/** fast-check with this run's seed: every property test imports it from here (a lint rule sees to it). */
fc.configureGlobal({ seed: SEED });

export default fc;

const SURROGATES = 0xd800;
const NUM_SURROGATES = 0x800;
const MAX_CODE_POINT = 0x10ffff;

const character = fc
  .integer({ min: 0, max: MAX_CODE_POINT - NUM_SURROGATES })
  .map((index) => String.fromCodePoint(index < SURROGATES ? index : index + NUM_SURROGATES));

/**
 * Text of any characters, and words like `__proto__`. `fc.string` with the unit `binary` gives the same, but first fills a map of all
 * of Unicode, which takes seconds.
 */
export function anyText(maxLength?: number): fc.Arbitrary<string> {
  const limit = maxLength === undefined ? {} : { maxLength };
  return fc.oneof(
    { weight: 4, arbitrary: fc.array(character, limit).map((characters) => characters.join('')) },
    { weight: 1, arbitrary: fc.string(limit) },
  );
}
