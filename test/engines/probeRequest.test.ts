import { describe, expect, it } from 'vitest';
import { engineOf } from '../../src/engines/index.ts';
import { probeRequests } from '../../src/engines/probeRequest.ts';
import { topologyOf } from '../../src/engines/topologyOf.ts';
import { fakeDeployment } from '../fakes/deployment.ts';
import { NO_INPUTS } from '../fakes/inputs.ts';
import { toyEngine } from '../fakes/toyEngine/toyEngine.ts';

describe('probeRequests', () => {
  it('asks each host for all that its nodes are compared by', () => {
    const deployment = fakeDeployment({ decode: [{ hosts: ['10.0.0.2'], dies: [3, 1] }] });
    const topology = topologyOf(deployment);
    const requests = probeRequests(deployment, topology, engineOf('omni'), NO_INPUTS);
    expect(Object.keys(requests)).toEqual(['10.0.0.1', '10.0.0.2']);
    expect(requests['10.0.0.2']).toEqual({
      address: '10.0.0.2',
      cluster: 'r1',
      accelerator: 'ascend',
      images: ['repo/omniinfer:1'],
      paths: [
        '/data/models/r1',
        '/tmp',
        '/usr/local/Ascend/driver',
        '/usr/local/dcmi',
        '/usr/local/bin/npu-smi',
        '/etc/ascend_install.info',
        '/usr/local/sbin',
        '/etc/hccn.conf',
        '/usr/bin/hccn_tool',
        '/dev/davinci_manager',
        '/dev/hisi_hdc',
        '/dev/devmm_svm',
      ],
      trees: ['/data/models/r1'],
      digests: [
        '/var/lib/omniplace/r1/d0/config_d.yaml',
        '/var/lib/omniplace/r1/d0/test_config_decode.json',
        '/var/lib/omniplace/r1/d0/run_decode.sh',
        '/var/lib/omniplace/r1/d0/ranktable/decode_config/local_ranktable_10.0.0.2_31.json',
        '/var/lib/omniplace/r1/d0/ranktable/decode_config/global_ranktable_10.0.0.2.json',
        '/var/lib/omniplace/r1/d0/ranktable/global/global_ranktable_merge.json',
        '/data/models/r1/model.safetensors.index.json',
      ],
      texts: [
        '/var/lib/omniplace/r1/lease',
        '/var/lib/omniplace/r1/run',
        '/var/lib/omniplace/r1/generations/kept',
        '/var/lib/omniplace/r1/desired',
        '/var/lib/omniplace/r1/wrote',
        '/var/lib/omniplace/r1/code/digest',
        '/var/lib/omniplace/r1/d0/run/wheels',
        '/var/lib/omniplace/r1/d0/run/started',
        '/var/lib/omniplace/r1/d0/run/ready',
        '/var/lib/omniplace/r1/d0/run/exit',
        '/var/lib/omniplace/r1/d0/run/took',
        '/data/models/r1/config.json',
      ],
      dumps: { functions: engineOf('omni').experts?.recorded?.functions, folders: [] },
      code: null,
      freeOf: ['/var/lib/omniplace', '/data/log'],
      disks: ['/', '/data/log'],
      written: ['/var/lib/omniplace/r1/lease'],
      dies: [1, 3],
      ports: [5568, 8100, 9100, 9101],
      dialect: {
        image: 'repo/omniinfer:1',
        folder: '/workspace/omniinfer',
        files: expect.arrayContaining(['tools/scripts/pd_run.sh', 'pyproject.toml']),
        read: expect.any(Function),
      },
    });
    expect(requests['10.0.0.1']?.digests.filter((path) => path.includes('/c0/'))).toEqual([
      '/var/lib/omniplace/r1/c0/run_proxy.sh',
    ]);
  });

  it('reads of synced code what it accepts, and asks no image', () => {
    const deployment = fakeDeployment({ codePath: '/data/code' });
    const script = Buffer.from('case $1 in\n  --role) ROLE=$2 ;;\nesac\n');
    const inputs = {
      ...NO_INPUTS,
      bytes: { '/data/code/omniinfer/tools/scripts/pd_run.sh': script },
      trees: { '/data/code/omniinfer': 'cd12' },
    };
    const { dialect } = probeRequests(deployment, topologyOf(deployment), engineOf('omni'), inputs)['10.0.0.1']!;
    expect(dialect).toMatchObject({
      from: 'code cd12',
      state: 'read',
      accepts: { flags: { 'pd_run.sh': ['--role'] } },
    });
    const unread = probeRequests(deployment, topologyOf(deployment), engineOf('omni'), NO_INPUTS)['10.0.0.1']!;
    expect(unread).not.toHaveProperty('dialect');
  });

  it('asks a host of the proxy alone for no model', () => {
    const deployment = fakeDeployment({ proxy: { host: '10.0.0.9' } });
    const request = probeRequests(deployment, topologyOf(deployment), engineOf('omni'), NO_INPUTS)['10.0.0.9'];
    expect(request).toMatchObject({ paths: ['/tmp'], dies: [] });
    expect(request?.texts).not.toContain('/data/models/r1/config.json');
  });

  it('asks for no dumps where the engine records none', () => {
    const deployment = fakeDeployment({});
    expect(probeRequests(deployment, topologyOf(deployment), toyEngine, NO_INPUTS)['10.0.0.1']?.dumps).toBeNull();
  });
});
