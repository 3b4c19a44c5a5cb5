import { expect, it } from 'vitest';
import { plainSecrets } from '../../../src/deployment/plainSecrets.ts';
import { Secret } from '../../../src/deployment/secret.ts';
import { bringCommand } from '../../../src/operations/cluster/bringCommand.ts';
import { buildClusterView, type ClusterView } from '../../../src/operations/cluster/clusterView.ts';
import { runningPattern } from '../../../src/operations/cluster/running.ts';
import { inputDigests } from '../../../src/operations/generations/changedKeys.ts';
import { keptGeneration, keptView } from '../../../src/operations/generations/keptView.ts';
import type { HostKept } from '../../../src/operations/generations/readKept.ts';
import type { KeptRecord } from '../../../src/operations/generations/record.ts';
import { adviceOf } from '../../../src/operations/status/advice.ts';
import { hostStatus } from '../../../src/operations/status/hostStatus.ts';
import { nodeStatuses } from '../../../src/operations/status/node.ts';
import { fakeDeployment, PLACEMENT } from '../../fakes/deployment.ts';
import { convergedFacts, freshFacts } from '../../fakes/facts.ts';
import { NO_INPUTS } from '../../fakes/inputs.ts';

const PATTERN = '/home/user/p.npy';
const INPUTS = { ...NO_INPUTS, files: { [PATTERN]: { sha256: 'a'.repeat(64), sizeBytes: 1 } } };
const THEN = fakeDeployment({
  decode: [{ hosts: ['10.0.0.2'], settings: { placement: { ...PLACEMENT, patternPath: PATTERN } } }],
});
const TOPOLOGY = buildClusterView(THEN, INPUTS, {}).topology;
const { desired } = buildClusterView(THEN, INPUTS, freshFacts(TOPOLOGY, THEN.image));
const NOW = fakeDeployment({ decode: [{ hosts: ['10.0.0.2'], settings: { maxModelLen: 2048 } }] });

/** As its hosts keep it. */
function found(): readonly HostKept[] {
  return TOPOLOGY.hosts.map(({ address }) => {
    const record: KeptRecord & { readonly imageId: string } = {
      format: 2,
      generation: 'g',
      run: 'r-then',
      hosts: TOPOLOGY.hosts.map((host) => host.address),
      deployment: THEN,
      inputs: inputDigests(THEN, INPUTS),
      nodes: Object.values(desired.nodes).filter(({ host }) => host === address) as never,
      imageId: 'sha256:1',
    };
    const line = { generation: 'g', run: 'r-first', nodes: {} };
    return { address, kept: [line], run: null, desired: null, records: new Map([['g', record]]), problem: null };
  });
}

function view(): ClusterView {
  const facts = convergedFacts(TOPOLOGY, desired, THEN.image);
  return keptView(keptGeneration('g', found(), NOW)!, facts);
}

it('has the pattern of a kept generation without its file', () => {
  const node = view().topology.nodes.find(({ name }) => name === 'd0')!;
  expect(runningPattern(view(), node)).toMatchObject({ pattern: 'a'.repeat(64), because: null });
});

it('is brought back by the command that goes to it, not by a serve of the file', () => {
  expect(bringCommand(view())).toBe('omniplace rollback cluster.yml --to r-first');
  expect(bringCommand(buildClusterView(NOW, NO_INPUTS, {}))).toBe('omniplace serve cluster.yml');
  const stopped = view();
  const facts = Object.fromEntries(
    Object.entries(stopped.facts).map(([address, host]) => [address, { ...host, processes: [] }]),
  );
  const clusterView = { ...stopped, facts };
  const nodes = nodeStatuses(clusterView, { health: new Map(), late: new Set(), tokens: [], pairs: [] });
  const hosts = TOPOLOGY.hosts.map((host) => hostStatus(host, clusterView));
  const commands = adviceOf(clusterView, hosts, nodes).map(({ command, note }) => `${command} ${note}`);
  expect(commands.length).toBeGreaterThan(0);
  expect(commands.filter((command) => command.includes('serve'))).toEqual([]);
});

it('asks with the API key of today: records have none', () => {
  const plain = (key: string) => ({ from: 'plain', value: new Secret(key) }) as const;
  const kept = found().map((host) => {
    const [record] = host.records.values();
    // as JSON makes it of a record that an earlier version wrote
    const deployment = { ...THEN, apiKey: { from: 'plain', value: '[REDACTED]' } as never };
    return { ...host, records: new Map([['g', { ...record!, deployment }]]) };
  });
  const { deployment } = keptGeneration('g', kept, { ...NOW, apiKey: plain('of today') })!;
  expect(plainSecrets(deployment)).toEqual(['of today']);
  expect(plainSecrets(keptGeneration('g', kept, NOW)!.deployment)).toEqual([]);
});
