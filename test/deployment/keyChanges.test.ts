import { expect, it } from 'vitest';
import type { JsonObject } from '../../src/deployment/deployment.ts';
import { keyChanges, keyChangeText } from '../../src/deployment/keyChanges.ts';

const texts = (before: JsonObject, after: JsonObject) => keyChanges(before, after).map(keyChangeText);

it('names each key with its value before and after', () => {
  const before = { services: { docker_image: 'omni:1', decode: { max_model_len: 4096, gpu_util: 0.9 } } };
  const after = {
    services: { docker_image: 'omni:2', decode: { max_model_len: 2048, gpu_util: 0.9, max_num_seqs: 8 } },
  };
  expect(texts(before, after)).toEqual([
    'docker_image omni:1 -> omni:2',
    'decode.max_model_len 4096 -> 2048',
    'decode.max_num_seqs (default) -> 8',
  ]);
  expect(texts(after, before)).toContain('decode.max_num_seqs 8 -> (default)');
});

it('shows lists as one value, and cuts long ones in the middle', () => {
  expect(texts({ a: ['--seed', '1'] }, { a: ['--seed', '2'] })).toEqual(['a [--seed, 1] -> [--seed, 2]']);
  const [line] = texts({ a: 'x'.repeat(200) }, { a: `${'x'.repeat(200)}y` });
  expect(line).toBe(`a ${'x'.repeat(49)}...${'x'.repeat(48)} -> ${'x'.repeat(49)}...${'x'.repeat(47)}y`);
});

it('is silent about how the controller reaches hosts, and about a list that is written as a text', () => {
  const before = { deployment: { defaults: { user: 'a', private_key: 'k' }, prefill: { group1: { hosts: '1,2' } } } };
  const after = { deployment: { defaults: { user: 'b', ssh_port: 2 }, prefill: { group1: { hosts: ['1', '2'] } } } };
  expect(texts(before, { ...after, services: { ssh: { port: 1 }, ready: { prefill: '1m' } } })).toEqual([]);
});
