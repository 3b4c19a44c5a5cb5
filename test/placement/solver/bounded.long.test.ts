import { test } from 'vitest';
import { expectEnd } from './endsInTime.ts';

const FIRST = 2_000;
const PROBLEMS = 100_000;
const BATCHES = 20;

for (let batch = 0; batch < BATCHES; batch++) {
  const from = FIRST + (batch * PROBLEMS) / BATCHES;
  const past = from + PROBLEMS / BATCHES;
  test(`every random problem from seed ${from} to ${past - 1} is solved in a bounded number of steps`, () => {
    for (let seed = from; seed < past; seed++) expectEnd(seed);
  }, 3_600_000);
}
