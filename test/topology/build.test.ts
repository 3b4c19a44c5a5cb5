import { describe, expect, it } from 'vitest';
import { topologyOf } from '../../src/engines/topologyOf.ts';
import type { Node, NodeName, ServerNode, Topology } from '../../src/topology/topology.ts';
import { type FakeSettings, fakeDeployment } from '../fakes/deployment.ts';
import fc from '../fakes/fastCheck.ts';
import { runs } from '../fakes/seed.ts';

const at = <T extends Node>(topology: Topology, name: NodeName) =>
  topology.nodes.find((node) => node.name === name) as T;
const server = (topology: Topology, name: NodeName) => at<ServerNode>(topology, name);
const DIES_16 = Array.from({ length: 16 }, (_, i) => i);

describe('topologyOf', () => {
  it("counts a 4P1D of omni_cli's sample form as OmniInfer does", () => {
    const topology = topologyOf(
      fakeDeployment({
        prefill: [1, 2, 3, 4].map((i) => ({ hosts: [`127.0.0.${i}`], dies: DIES_16 })),
        decode: [{ hosts: [5, 6, 7, 8].map((i) => `127.0.0.${i}`), dies: DIES_16 }],
      }),
    );
    expect(topology.nodes.map((node) => node.name)).toEqual(['p0', 'p1', 'p2', 'p3', 'd0', 'd1', 'd2', 'd3', 'c0']);
    expect(topology.hosts.map((host) => [host.address, host.nodes])).toEqual([
      ['127.0.0.1', ['p0', 'c0']],
      ['127.0.0.2', ['p1']],
      ['127.0.0.3', ['p2']],
      ['127.0.0.4', ['p3']],
      ['127.0.0.5', ['d0']],
      ['127.0.0.6', ['d1']],
      ['127.0.0.7', ['d2']],
      ['127.0.0.8', ['d3']],
    ]);
    const { reasons: _p2, settings: _s, ...p2 } = server(topology, 'p2');
    expect(p2).toEqual({
      name: 'p2',
      host: '127.0.0.3',
      container: 'omniplace_prefill_p2',
      role: 'prefill',
      instance: 2,
      nodeRank: 0,
      dies: DIES_16,
      rankOffset: 0,
      masterAddress: '127.0.0.3',
      masterPort: 8002,
      baseApiPort: 9002,
      numServers: 1,
      serverOffset: 0,
      tensorParallelSize: 16,
      dataParallelSize: 1,
      part: 'master',
      pipelineParallelSize: 1,
      kv: { role: 'kv_producer', rank: 2, parallelSize: 1 },
    });
    const { reasons: _d3, settings: _t, ...d3 } = server(topology, 'd3');
    expect(d3).toEqual({
      name: 'd3',
      host: '127.0.0.8',
      container: 'omniplace_decode_d3',
      role: 'decode',
      instance: 4,
      nodeRank: 3,
      dies: DIES_16,
      rankOffset: 48,
      masterAddress: '127.0.0.5',
      masterPort: 8100,
      baseApiPort: 9100,
      numServers: 16,
      serverOffset: 48,
      tensorParallelSize: 1,
      dataParallelSize: 64,
      part: 'peer',
      pipelineParallelSize: 1,
      kv: { role: 'kv_consumer', rank: 4, parallelSize: 1 },
    });
  });

  it('makes one instance of a prefill group over two hosts', () => {
    const topology = topologyOf(
      fakeDeployment({
        prefill: [{ hosts: ['10.0.0.1', '10.0.0.2'] }, { hosts: ['10.0.0.3'] }],
        decode: [{ hosts: ['10.0.0.4'] }],
      }),
    );
    expect(topology.instances.map((instance) => [instance.numRanks, instance.nodes])).toEqual([
      [8, ['p0', 'p1']],
      [4, ['p2']],
      [4, ['d0']],
    ]);
    const [p0, p1] = [server(topology, 'p0'), server(topology, 'p1')];
    expect([p0.tensorParallelSize, p1.tensorParallelSize]).toEqual([8, 8]);
    expect([p0.kv?.rank, p1.kv?.rank]).toEqual([0, 0]);
    expect([p0.numServers, p1.numServers]).toEqual([1, 0]);
    expect([p1.nodeRank, p1.rankOffset, p1.masterAddress]).toEqual([1, 4, '10.0.0.1']);
  });

  it('counts two prefill groups of one machine as two instances', () => {
    const topology = topologyOf(
      fakeDeployment({
        prefill: [
          { hosts: ['10.0.0.1'], dies: [0, 1] },
          { hosts: ['10.0.0.1'], dies: [2, 3] },
        ],
      }),
    );
    expect(topology.numPrefill).toBe(2);
    expect(server(topology, 'd0').kv?.rank).toBe(2);
    expect(topology.hosts[0]).toMatchObject({ address: '10.0.0.1', nodes: ['p0', 'p1', 'c0'] });
  });

  it('gives each decode group its own ranks, size and master', () => {
    const topology = topologyOf(
      fakeDeployment({ decode: [{ hosts: ['10.0.0.2'] }, { hosts: ['10.0.0.3', '10.0.0.4'], dies: [0, 1] }] }),
    );
    expect(
      ['d0', 'd1', 'd2']
        .map((name) => server(topology, name as NodeName))
        .map((d) => [
          d.kv?.rank,
          d.dataParallelSize,
          d.serverOffset,
          d.masterAddress,
          d.masterPort,
          d.kv?.parallelSize,
        ]),
    ).toEqual([
      [1, 4, 0, '10.0.0.2', 8100, 1],
      [2, 4, 0, '10.0.0.3', 8101, 1],
      [2, 4, 2, '10.0.0.3', 8101, 1],
    ]);
  });

  it('uses the port of the master where a host of the instance has another', () => {
    const topology = topologyOf(
      fakeDeployment({
        decode: [
          {
            hosts: ['10.0.0.2', '10.0.0.3'],
            overrides: { '10.0.0.3': { masterPort: 1, baseApiPort: 9300, dies: [4, 5] } },
          },
        ],
      }),
    );
    const d1 = server(topology, 'd1');
    expect([d1.masterPort, d1.baseApiPort, d1.serverOffset, d1.dies, d1.numServers]).toEqual([
      8100,
      9300,
      4,
      [4, 5],
      2,
    ]);
  });

  it('says why each value is what it is', () => {
    const topology = topologyOf(fakeDeployment({ decode: [{ hosts: ['10.0.0.2', '10.0.0.3', '10.0.0.4'] }] }));
    const reasons = server(topology, 'd2').reasons;
    expect(reasons.server_offset).toEqual({
      value: 8,
      because: 'API servers on the earlier 2 hosts of deployment.decode.group1',
    });
    expect(reasons.dp).toEqual({ value: 12, because: 'one rank per die of the instance: 4 + 4 + 4' });
    expect(reasons.kv_rank).toEqual({
      value: 1,
      because: 'decode instance 0, counted from 0, after 1 prefill instance',
    });
  });
});

describe('any topology', () => {
  const group = fc.record({ numHosts: fc.integer({ min: 1, max: 4 }), numDies: fc.integer({ min: 1, max: 16 }) });
  const shape = fc.record({
    prefill: fc.array(group, { minLength: 1, maxLength: 5 }),
    decode: fc.array(group, { minLength: 1, maxLength: 3 }),
  });

  it('has contiguous ranks and offsets, and unique names', () => {
    fc.assert(
      fc.property(shape, ({ prefill, decode }) => {
        let next = 0;
        const groups = (some: typeof prefill) =>
          some.map(({ numHosts, numDies }) => ({
            hosts: Array.from({ length: numHosts }, () => `10.0.0.${++next}`),
            dies: Array.from({ length: numDies }, (_, i) => i),
          }));
        const topology = topologyOf(fakeDeployment({ prefill: groups(prefill), decode: groups(decode) }));
        const servers = topology.nodes.filter((node) => node.role !== 'proxy');

        expect(new Set(topology.nodes.map((node) => node.name)).size).toBe(topology.nodes.length);
        expect(new Set(topology.nodes.map((node) => node.container)).size).toBe(topology.nodes.length);
        for (const [index, instance] of topology.instances.entries()) {
          const own = servers.filter((node) => node.instance === index);
          let offset = 0;
          for (const [nodeRank, node] of own.entries()) {
            expect([node.nodeRank, node.rankOffset, node.kv?.rank]).toEqual([nodeRank, offset, index]);
            offset += node.dies.length;
          }
          expect(offset).toBe(instance.numRanks);
          expect(own.map((node) => node.name)).toEqual(instance.nodes);
          const numServers = own.reduce((sum, node) => sum + node.numServers, 0);
          expect(numServers).toBe(instance.role === 'prefill' ? 1 : instance.numRanks);
        }
        for (const node of topology.nodes)
          for (const reason of Object.values(node.reasons)) expect(reason.because).not.toMatch(/undefined|NaN|^$/);
      }),
      runs(100, 2_000),
    );
  });

  it('gives a node the settings of its own host', () => {
    const settings = fakeDeployment().decode[0]!.settings;
    const topology = topologyOf(
      fakeDeployment({
        decode: [
          {
            hosts: ['10.0.0.2', '10.0.0.3'],
            overrides: { '10.0.0.3': { settings: { ...settings, env: { A: 'b' } } } },
          },
        ],
      }),
    );
    expect(server(topology, 'd0').settings.env).toEqual({});
    expect(server(topology, 'd1').settings.env).toEqual({ A: 'b' });
  });

  it('makes mixed servers of their own, without a proxy', () => {
    const topology = topologyOf(
      fakeDeployment({ mixed: [{ hosts: ['10.0.0.1'], dies: [0, 1], baseApiPort: 8300 }, { hosts: ['10.0.0.2'] }] }),
    );
    expect(topology.nodes.map(({ name }) => name)).toEqual(['m0', 'm1']);
    expect(topology.hosts.map(({ address, nodes }) => [address, nodes])).toEqual([
      ['10.0.0.1', ['m0']],
      ['10.0.0.2', ['m1']],
    ]);
    const { reasons, settings: _, ...m0 } = server(topology, 'm0');
    expect(m0).toMatchObject({
      container: 'omniplace_mixed_m0',
      role: 'mixed',
      numServers: 1,
      tensorParallelSize: 2,
      dataParallelSize: 1,
      kv: null,
    });
    expect(reasons.base_api_port?.because).toBe(
      'deployment.mixed.group1.base_api_port; requests go there, no proxy stands before it',
    );
  });
});

describe('servers of several dies', () => {
  const of = (settings: FakeSettings, hosts = ['10.0.0.2', '10.0.0.3']) =>
    topologyOf(fakeDeployment({ decode: [{ hosts, settings }] }));

  it('are as many on each host as its dies give', () => {
    expect(server(of({ tp: 2 }), 'd1')).toMatchObject({
      tensorParallelSize: 2,
      dataParallelSize: 4,
      numServers: 2,
      serverOffset: 2,
      rankOffset: 4,
      part: 'peer',
      kv: { parallelSize: 2 },
    });
    expect(server(of({ tp: 2 }), 'p0').kv).toMatchObject({ parallelSize: 2 });
  });

  it('may have stages', () => {
    expect(server(of({ tp: 2, pp: 2 }), 'd1')).toMatchObject({
      pipelineParallelSize: 2,
      numServers: 1,
      serverOffset: 1,
    });
  });

  it('are one over all hosts where a host has too few dies', () => {
    const topology = of({ tp: 8 });
    expect(server(topology, 'd0')).toMatchObject({ dataParallelSize: 1, numServers: 1, part: 'master' });
    expect(server(topology, 'd1')).toMatchObject({ dataParallelSize: 1, numServers: 0, part: 'worker' });
  });

  it('may be several in a prefill instance too', () => {
    const topology = topologyOf(fakeDeployment({ prefill: [{ hosts: ['10.0.0.1'], settings: { tp: 2 } }] }));
    expect(server(topology, 'p0')).toMatchObject({ tensorParallelSize: 2, dataParallelSize: 2, numServers: 2 });
  });
});
