import { describe, expect, it } from 'vitest';
import { faultsOf, parse } from './sample.ts';

const MIXED = `deployment:
  mixed:
    group1: {hosts: 10.0.0.1, agent: true, base_api_port: 8300, ascend_rt_visible_devices: "0,1"}
services:
  docker_image: repo/omniinfer:tag
  model_path: /data/model
`;

describe('a deployment of mixed servers', () => {
  it('has neither roles nor proxy, and the values of the installation guide', () => {
    const { deployment, faults } = parse(MIXED);
    expect(faults).toEqual([]);
    expect(deployment).toMatchObject({ prefill: [], decode: [], proxy: null });
    expect(deployment?.mixed[0]).toMatchObject({
      name: 'group1',
      role: 'mixed',
      hosts: [{ address: '10.0.0.1', baseApiPort: 8300, masterPort: 0, dies: [0, 1] }],
      settings: {
        maxModelLen: 4096,
        maxNumSeqs: 128,
        maxNumBatchedTokens: 20_000,
        gpuUtil: 0.9,
        engineSettings: { placement: { enabled: false } },
      },
    });
  });

  it('takes its settings from services.mixed and the group', () => {
    const text = MIXED.replace('8300,', '8300, gpu_util: 0.8,').concat('  mixed: {max_num_seqs: 64}\n');
    expect(parse(text).deployment?.mixed[0]?.settings).toMatchObject({ maxNumSeqs: 64, gpuUtil: 0.8 });
  });

  it('stands beside nothing else', () => {
    const text = MIXED.replace('services:', '  proxy: {host: 10.0.0.1, agent: true}\nservices:');
    expect(faultsOf(text)).toEqual([
      '2:3 error mixed_with_roles `mixed` stands beside `proxy`. | Mixed servers answer for themselves: remove `mixed`, or all of the others.',
    ]);
  });

  it('has one host for each server', () => {
    expect(faultsOf(MIXED.replace('10.0.0.1,', '"10.0.0.1,10.0.0.2",'))).toEqual([
      '3:21 error mixed_over_hosts `deployment.mixed.group1` has 2 hosts; a mixed server runs on one. | Write a group for each host.',
    ]);
  });

  it('misses what any group would miss', () => {
    expect(faultsOf(MIXED.replace(' base_api_port: 8300,', ''))).toEqual([
      '3:5 error missing_key `base_api_port` is missing in `deployment.mixed.group1`. | Add the first API port of each host, for example 9000; for all groups, in deployment.defaults.',
    ]);
  });
});

describe('a deployment without any servers', () => {
  it('is told of each role that is missing', () => {
    const text = MIXED.replace(/ {2}mixed:\n.*\n/, '  defaults: {agent: true}\n');
    expect(faultsOf(text).map((fault) => fault.replace(/ \|.*/, ''))).toEqual([
      '1:1 error missing_key `prefill` is missing in `deployment`.',
      '1:1 error missing_key `decode` is missing in `deployment`.',
      '1:1 error missing_key `proxy` is missing in `deployment`.',
    ]);
  });
});
