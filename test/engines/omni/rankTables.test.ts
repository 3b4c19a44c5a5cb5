import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DesiredNode } from '../../../src/engines/desired.ts';
import type { DesiredFile } from '../../../src/engines/desiredFile.ts';
import { desired } from '../../../src/engines/omni/desired.ts';
import { topologyOf } from '../../../src/engines/topologyOf.ts';
import type { Facts } from '../../../src/facts/facts.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';
import { freshFacts, freshHost } from '../../fakes/facts.ts';
import { filesOfTag } from '../../fakes/filesOfTag.ts';
import { NO_INPUTS } from '../../fakes/inputs.ts';

const IMAGE = 'repo/omniinfer:1';

interface GoldenCase {
  readonly name: string;
  /** Groups of [address, dies]. */
  readonly prefill: readonly (readonly [string, readonly number[]][])[];
  /** The hosts of one group. */
  readonly decode: readonly [string, readonly number[]][];
  readonly deviceIps: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly files: Readonly<Record<string, string>>;
}

const golden = JSON.parse(readFileSync(new URL('../../golden/ranktables.json', import.meta.url), 'utf8')) as {
  cases: readonly GoldenCase[];
};

/** Folder of a golden file -> where OmniInfer's playbook keeps it, below a node's rank table folder. */
function placeOf(goldenName: string): { address: string | null; below: string } {
  const name = goldenName.slice(goldenName.lastIndexOf('/') + 1);
  const [folder, address] = goldenName.split('/');
  if (folder === 'prefill' || folder === 'decode') return { address: address!, below: `${folder}_config/${name}` };
  if (folder === 'prefill-merge') return { address: null, below: `global/collect_files_p/${address}/${name}` };
  if (folder === 'decode-merge') return { address: null, below: `global/collect_files_d/${name}` };
  return { address: null, below: `global/${name}` };
}

describe('rank tables', () => {
  for (const { name, prefill, decode, deviceIps, files } of golden.cases) {
    it(`are OmniInfer's own to the byte: ${name}`, () => {
      const group = (hosts: readonly [string, readonly number[]][]) => ({
        hosts: hosts.map(([address]) => address),
        dies: hosts[0]![1],
      });
      const deployment = fakeDeployment({ prefill: prefill.map(group), decode: [group(decode)] });
      const topology = topologyOf(deployment);
      const facts: Facts = Object.fromEntries(
        Object.entries(deviceIps).map(([address, ips]) => [address, freshHost(address, IMAGE, { deviceIps: ips })]),
      );
      const { nodes, unknown } = desired(deployment, topology, facts, NO_INPUTS);
      expect(unknown).toEqual([]);

      const made = new Map<string, Set<string>>();
      for (const node of Object.values(nodes)) {
        for (const file of tablesOf(node)) {
          const below = file.path.slice(`${node.paths.folder}/ranktable`.length + 1);
          const key = below.startsWith('global/') ? below : `${node.host} ${below}`;
          made.set(key, (made.get(key) ?? new Set()).add('text' in file.content ? file.content.text : ''));
        }
      }
      const wanted = Object.entries(files).map(([goldenName, text]) => {
        const { address, below } = placeOf(goldenName);
        return [address === null ? below : `${address} ${below}`, new Set([text])] as const;
      });
      expect(made).toEqual(new Map(wanted));
    });
  }

  it("carry the device's own number where a node has the upper half of a host", () => {
    const deployment = fakeDeployment({
      prefill: [
        { hosts: ['10.0.0.1'], dies: [0, 1] },
        { hosts: ['10.0.0.1'], dies: [2, 3] },
      ],
    });
    const topology = topologyOf(deployment);
    const { nodes } = desired(deployment, topology, freshFacts(topology, IMAGE), NO_INPUTS);
    const local = tablesOf(nodes.p1).find((file) => file.path.endsWith('local_ranktable_10.0.0.1_23.json'))!;
    expect(JSON.parse('text' in local.content ? local.content.text : '')).toMatchObject({
      server_list: [
        {
          device: [
            { device_id: '2', device_ip: '172.16.1.2', rank_id: '0' },
            { device_id: '3', rank_id: '1' },
          ],
        },
      ],
    });
  });

  it('are left out where a device address is not known, and only those', () => {
    const deployment = fakeDeployment();
    const topology = topologyOf(deployment);
    const facts = {
      ...freshFacts(topology, IMAGE),
      '10.0.0.2': freshHost('10.0.0.2', IMAGE, { deviceIps: { '0': '172.16.2.0' } }),
    };
    const { nodes, unknown } = desired(deployment, topology, facts, NO_INPUTS);
    expect(unknown).toEqual([
      { fact: 'deviceIps', of: 'host', host: '10.0.0.2', node: 'p0', blocks: 'ranktable' },
      { fact: 'deviceIps', of: 'host', host: '10.0.0.2', node: 'd0', blocks: 'ranktable' },
    ]);
    const names = (node: 'p0' | 'd0') => tablesOf(nodes[node]).map((file) => file.path.split('/').at(-1));
    expect(names('p0')).toEqual([
      'local_ranktable_10.0.0.1_0123.json',
      'local_ranktable_10.0.0.1_host.json',
      'global_ranktable_10.0.0.1.json',
    ]);
    expect(names('d0')).toEqual([]);
  });

  it("use the host's address where dies have none of their own", () => {
    const deployment = fakeDeployment({ accelerator: 'cuda' });
    const topology = topologyOf(deployment);
    const { nodes, unknown } = desired(
      deployment,
      topology,
      { ...freshFacts(topology, IMAGE), '10.0.0.1': freshHost('10.0.0.1', IMAGE, { deviceIps: {} }) },
      NO_INPUTS,
    );
    expect(unknown).toEqual([]);
    const local = tablesOf(nodes.p0)[0]!;
    expect('text' in local.content && local.content.text).toContain('"device_ip": "10.0.0.1"');
  });
});

function tablesOf(node: DesiredNode | undefined): readonly DesiredFile[] {
  return filesOfTag(node, 'ranktable');
}
