import { test } from 'vitest';
import { expectEnd } from './endsInTime.ts';

/** 100,000 more under --long: bounded.long.test.ts. */
const PROBLEMS = 2_000;
const BATCHES = 4;

for (let batch = 0; batch < BATCHES; batch++) {
  const from = (batch * PROBLEMS) / BATCHES;
  const past = from + PROBLEMS / BATCHES;
  test(`every random problem from seed ${from} to ${past - 1} is solved in a bounded number of steps`, () => {
    for (let seed = from; seed < past; seed++) expectEnd(seed);
  }, 300_000);
}
