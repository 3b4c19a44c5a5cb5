import { expect, it } from 'vitest';
import { loadingFraction } from '../../src/runner/loading.ts';

it.each([
  ['Loading safetensors checkpoint shards:  25% Completed | 3/12 [00:04<00:12]', 0.25],
  ['(rank 3) loading weights 99.5 %', 0.995],
  ['Capturing ACL graphs: 100%|##########| 8/8', 1],
  ['layer 3 of 12', 0.25],
  ['Loading shard 6/12', 0.5],
  ['GPU memory 90 % used', null],
  ['INFO: Uvicorn running on port 9000', null],
])('a line of a log shows how far loading is: %s', (line, fraction) => {
  expect(loadingFraction(line)).toBe(fraction);
});
