import { expect, test } from 'vitest';
import { solve } from '../../../src/placement/solver/solve.ts';
import { PlacementError, type PlacementErrorCode, type PlacementProblem } from '../../../src/placement/types.ts';
import { expectValid } from './validity.ts';

test('a placement that lacks, doubles or limits wrongly is not taken for valid', () => {
  const tokens = Float64Array.from({ length: 6 }, (_, expert) => 10 + expert);
  const problem = { load: { episodes: 1, layers: 1, experts: 6, tokens }, ranks: 3, slotsPerRank: 3, maxReplicas: 2 };
  const { placement } = solve(problem);
  const spoilt = (change: (slots: Int32Array) => void) => {
    const slotExpert = placement.slotExpert.slice();
    change(slotExpert);
    return () => expectValid(problem, { ...placement, slotExpert });
  };
  const copies = (expert: number) => placement.slotExpert.filter((one) => one === expert).length;
  const lone = placement.slotExpert.findIndex((expert) => copies(expert) === 1);
  const double = placement.slotExpert.findIndex((expert) => copies(expert) === 2);
  expect(spoilt(() => {})).not.toThrow();
  expect(spoilt((slots) => slots.fill(-1, double, double + 1))).toThrow('fills 8 slots of 9');
  expect(spoilt((slots) => slots.fill(-1, lone, lone + 1))).toThrow('lacks expert');
  expect(spoilt((slots) => slots.fill(slots[0]!, 0, 3))).toThrow('holds an expert twice');
  expect(spoilt((slots) => slots.set([0, 1, 2, 0, 3, 4, 0, 5, 1]))).toThrow('has 3 copies, more than 2');
});

const one = { episodes: 1, layers: 1, experts: 4 };
const refused: readonly (readonly [string, PlacementProblem, PlacementErrorCode, string])[] = [
  [
    'a load that is not a number',
    { load: { ...one, tokens: Float64Array.of(1, Number.NaN, 1, 1) }, ranks: 2 },
    'bad-load',
    'the load of episode 0, layer 0, expert 1 is NaN; tokens are numbers from 0 to 2^53',
  ],
  [
    'a negative load',
    { load: { ...one, tokens: Float64Array.of(1, 1, 1, -3) }, ranks: 2 },
    'bad-load',
    'the load of episode 0, layer 0, expert 3 is -3; tokens are numbers from 0 to 2^53',
  ],
  [
    'an infinite load',
    { load: { ...one, tokens: Float64Array.of(1, 1, 1, Number.POSITIVE_INFINITY) }, ranks: 2 },
    'bad-load',
    'the load of episode 0, layer 0, expert 3 is Infinity; tokens are numbers from 0 to 2^53',
  ],
  [
    'more experts than slots',
    { load: { ...one, tokens: Float64Array.of(1, 1, 1, 1) }, ranks: 3, slotsPerRank: 1 },
    'too-few-slots',
    'layer 0 has 3 slots (3 ranks of 1) for 4 experts; give at least 2 slots per rank',
  ],
  [
    'a load of another size than it says',
    { load: { ...one, tokens: Float64Array.of(1, 1) }, ranks: 2 },
    'bad-shape',
    'the load has 2 values for 1 episodes x 1 layers x 4 experts',
  ],
  [
    'no ranks',
    { load: { ...one, tokens: Float64Array.of(1, 1, 1, 1) }, ranks: 0 },
    'bad-option',
    'ranks is 0; it must be a whole number from 1 to 2147483647',
  ],
  [
    'a die without capability',
    { load: { ...one, tokens: Float64Array.of(1, 1, 1, 1) }, ranks: 2, capability: Float64Array.of(1, 0) },
    'bad-option',
    'the capability of rank 1 is 0; it must be a number above 0',
  ],
];

for (const [what, problem, code, message] of refused) {
  test(`${what} is refused`, () => {
    expect(() => solve(problem)).toThrow(new PlacementError(code, message));
  });
}
