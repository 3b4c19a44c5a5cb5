import { describe, expect, it } from 'vitest';
import { apiKey } from '../../src/engines/apiKey.ts';
import { type FakeDeployment, fakeDeployment } from '../fakes/deployment.ts';

const keyOf = (parts: FakeDeployment) => apiKey(fakeDeployment(parts))?.reveal() ?? null;
const withSettings = (settings: object): FakeDeployment => ({ prefill: [{ hosts: ['10.0.0.1'], settings }] });
const CONTAINER = { namePrefix: 'omniplace', mounts: [], devices: [], shmSize: '1g' };

describe('the key that servers of OmniInfer are given', () => {
  it.each([
    ['the environment of a role', withSettings({ env: { VLLM_API_KEY: 'k1' } }), 'k1'],
    ['the arguments of a role', withSettings({ extraArgs: ['--api-key', 'k2'] }), 'k2'],
    ["docker's flags", { container: { ...CONTAINER, flags: ['-e', 'VLLM_API_KEY=k3'] } }, 'k3'],
    ['nowhere', {}, null],
  ])('is found in %s', (_, parts, key) => {
    expect(keyOf(parts)).toBe(key);
  });
});
