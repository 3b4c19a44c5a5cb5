import { expect, it } from 'vitest';
import { nodeConfigText, settingsOf } from '../../../src/operations/status/nodeConfig.ts';

const DOCUMENT = {
  deployment: {
    defaults: { user: 'root' },
    prefill: { group1: { hosts: '10.0.0.1' } },
    decode: { group1: { hosts: '10.0.0.2' }, group2: { hosts: '10.0.0.3' } },
    proxy: { host: '10.0.0.1', listen_port: 7000 },
  },
  services: { docker_image: 'omni:1', prefill: { max_model_len: 1 }, decode: { max_model_len: 4096 } },
};

it('prints what a node runs as YAML, below who served it and from what', () => {
  const text = nodeConfigText({
    node: 'd1',
    host: '10.0.0.3',
    isRunning: true,
    generation: 'a'.repeat(64),
    run: 'r-1',
    by: 'ann@build1',
    at: '2026-11-21T12:00:00.000Z',
    file: '/home/ann/cluster.yml',
    image: 'omni:1 (sha256:abc)',
    overrides: ['services.decode.max_model_len=4096'],
    settings: settingsOf(DOCUMENT, 'decode', 'group2'),
    files: [{ path: '/var/lib/omniplace/r1/d1/run_decode.sh', sha256: 'b'.repeat(64) }],
  });
  expect(
    text,
  ).toBe(`# d1 on 10.0.0.3 runs generation aaaaaaaaaaaa, which served first in run r-1 by ann@build1 at 2026-11-21 12:00:00 UTC
# from /home/ann/cluster.yml with -e services.decode.max_model_len=4096
# image omni:1 (sha256:abc)
# file /var/lib/omniplace/r1/d1/run_decode.sh bbbbbbbbbbbb
deployment:
  defaults:
    user: root
  decode:
    group2:
      hosts: 10.0.0.3
services:
  docker_image: omni:1
  decode:
    max_model_len: 4096
`);
});

it('has the entry of the proxy, and the settings of no role, for the proxy', () => {
  expect(settingsOf(DOCUMENT, 'proxy', null)).toEqual({
    deployment: { defaults: { user: 'root' }, proxy: { host: '10.0.0.1', listen_port: 7000 } },
    services: { docker_image: 'omni:1' },
  });
});
