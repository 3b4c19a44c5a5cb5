import { describe, expect, it } from 'vitest';
import { entrances } from '../../../src/engines/entrances.ts';
import { omniEngine } from '../../../src/engines/omni/index.ts';
import { globalProxy } from '../../../src/engines/omni/proxy/globalProxy.ts';
import { topologyOf } from '../../../src/engines/topologyOf.ts';
import type { Node } from '../../../src/topology/topology.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';
import fc from '../../fakes/fastCheck.ts';
import { runs } from '../../fakes/seed.ts';

const DIES_16 = Array.from({ length: 16 }, (_, i) => i);

function routerOf(parts: Parameters<typeof fakeDeployment>[0]) {
  const deployment = fakeDeployment(parts);
  const router = globalProxy(deployment, topologyOf(deployment));
  if (router === null) throw new Error('no router');
  const serversOf = (role: 'prefill' | 'decode') =>
    router.list().flatMap((entry) => (entry.role === role ? entry.servers : []));
  return { router, serversOf };
}

describe('globalProxy', () => {
  it("lists the servers of a 4P1D of omni_cli's sample form as OmniInfer does", () => {
    const { router, serversOf } = routerOf({
      prefill: [1, 2, 3, 4].map((i) => ({ hosts: [`127.0.0.${i}`], dies: DIES_16 })),
      decode: [{ hosts: [5, 6, 7, 8].map((i) => `127.0.0.${i}`), dies: DIES_16 }],
    });
    expect(router.list().map(({ master, role, servers }) => [master, role, servers.length])).toEqual([
      ['p0', 'prefill', 1],
      ['p1', 'prefill', 1],
      ['p2', 'prefill', 1],
      ['p3', 'prefill', 1],
      ['d0', 'decode', 64],
    ]);
    expect(serversOf('prefill')).toEqual(['127.0.0.1:9000', '127.0.0.2:9001', '127.0.0.3:9002', '127.0.0.4:9003']);
    expect(serversOf('decode').slice(15, 17)).toEqual(['127.0.0.5:9115', '127.0.0.6:9100']);
  });

  it('lists only the master of a prefill instance over two hosts', () => {
    const prefill = [{ hosts: ['10.0.0.1', '10.0.0.2'] }, { hosts: ['10.0.0.3'] }];
    expect(routerOf({ prefill }).serversOf('prefill')).toEqual(['10.0.0.1:9000', '10.0.0.3:9001']);
  });

  it('lists the ports and dies of a host that has others than its instance', () => {
    const overrides = { '10.0.0.3': { masterPort: 1, baseApiPort: 9300, dies: [4, 5] } };
    const { serversOf } = routerOf({ decode: [{ hosts: ['10.0.0.2', '10.0.0.3'], overrides }] });
    expect(serversOf('decode').slice(-2)).toEqual(['10.0.0.3:9300', '10.0.0.3:9301']);
  });

  it('gives a reason for each argument', () => {
    expect(routerOf({}).router.reasons()).toEqual({
      prefill_lb_sdk: { value: 'pd_score_balance', because: 'deployment.proxy.prefill_lb_sdk' },
      decode_lb_sdk: { value: 'pd_score_balance', because: 'deployment.proxy.decode_lb_sdk' },
      core_num: { value: 4, because: 'deployment.proxy.core_num' },
      start_core_index: { value: 16, because: 'deployment.proxy.start_core_index' },
      prefill_max_num_seqs: {
        value: 16,
        because: 'equal to max_num_seqs of the prefill servers, or the proxy would queue where they would not',
      },
      decode_max_num_seqs: {
        value: 32,
        because: 'equal to max_num_seqs of the decode servers, or the proxy would queue where they would not',
      },
    });
  });

  it('can add and remove no instance while it serves', () => {
    const { router } = routerOf({});
    expect([router.add, router.remove]).toEqual([undefined, undefined]);
  });

  it('does not exist for mixed servers, which clients ask themselves', () => {
    const mixed = fakeDeployment({
      mixed: [{ hosts: ['10.0.0.1'], dies: [0, 1], baseApiPort: 8300 }, { hosts: ['10.0.0.2'] }],
    });
    expect(globalProxy(mixed, topologyOf(mixed))).toBeNull();
    const asked = (deployment: typeof mixed) =>
      entrances({ engine: omniEngine, deployment, topology: topologyOf(deployment) }).map(
        ({ node, host, port, called }) => ({ node, host, port, called }),
      );
    expect(asked(mixed)).toEqual([
      { node: 'm0', host: '10.0.0.1', port: 8300, called: 'the server m0' },
      { node: 'm1', host: '10.0.0.2', port: 9100, called: 'the server m1' },
    ]);
    expect(asked(fakeDeployment())).toEqual([{ node: 'c0', host: '10.0.0.1', port: 7000, called: 'the proxy' }]);
  });
});

describe('the list of any cluster', () => {
  const group = fc.record({ numHosts: fc.integer({ min: 1, max: 4 }), numDies: fc.integer({ min: 1, max: 16 }) });
  const shape = fc.record({
    prefill: fc.array(group, { minLength: 1, maxLength: 5 }),
    decode: fc.array(group, { minLength: 1, maxLength: 3 }),
  });

  it('contains exactly the API ports of its servers', () => {
    fc.assert(
      fc.property(shape, ({ prefill, decode }) => {
        let next = 0;
        const groups = (some: typeof prefill) =>
          some.map(({ numHosts, numDies }) => ({
            hosts: Array.from({ length: numHosts }, () => `10.0.0.${++next}`),
            dies: Array.from({ length: numDies }, (_, i) => i),
          }));
        const deployment = fakeDeployment({ prefill: groups(prefill), decode: groups(decode) });
        const topology = topologyOf(deployment);
        const listed = globalProxy(deployment, topology)!.list();
        expect(listed.flatMap(({ servers }) => servers).sort()).toEqual(topology.nodes.flatMap(apiServers).sort());
        expect(listed.map(({ master }) => master)).toEqual(topology.instances.map(({ master }) => master));
      }),
      runs(100, 2_000),
    );
  });
});

function apiServers(node: Node): string[] {
  if (node.role === 'proxy') return [];
  return Array.from({ length: node.numServers }, (_, i) => `${node.host}:${node.baseApiPort + i}`);
}
