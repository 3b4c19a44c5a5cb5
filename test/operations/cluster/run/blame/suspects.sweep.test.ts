import { describe, expect, it } from 'vitest';
import { filesOf } from '../../../../../src/engines/artifact.ts';
import type { DesiredNode } from '../../../../../src/engines/desired.ts';
import { httpProbes } from '../../../../../src/engines/readiness.ts';
import type { Evidence, Found } from '../../../../../src/operations/cluster/run/blame/evidence.ts';
import { findSuspects } from '../../../../../src/operations/cluster/run/blame/suspects.ts';
import { blameText } from '../../../../../src/operations/cluster/run/blame/text.ts';
import { Random } from '../../../../../src/placement/random.ts';
import { clusterOf } from '../../../../fakes/clusters.ts';
import { fakeDeployment } from '../../../../fakes/deployment.ts';
import { LONG, SEED } from '../../../../fakes/seed.ts';

const NUM_NODES = 16;
const HOSTS = Array.from({ length: NUM_NODES }, (_, i) => `10.0.0.${i + 2}`);
const PICTURE = clusterOf(fakeDeployment({ decode: [{ hosts: HOSTS }] }), false);
const NODES = Object.values(PICTURE.desired.nodes).filter(({ node }) => node.startsWith('d'));

/** What is wrong with one node, as if its files had been made wrong: nothing on the host contradicts them. */
const FAULTS: Readonly<Record<string, (found: Found) => Found>> = {
  'rank table': inFile(/global_ranktable_merge\.json$/, (text) => text.replace('172.16.9.1"', '172.16.99.1"')),
  port: (found) =>
    inFile(/run_decode\.sh$/, (text) => text.replaceAll('8100', '8200'))({
      ...found,
      environment:
        'MASTER_PORT' in found.environment ? { ...found.environment, MASTER_PORT: '8200' } : found.environment,
    }),
  interface: (found) => inFile(/run_decode\.sh$/, (text) => text.replaceAll('eth0', 'eth1'))(found),
  config: inFile(/config_d\.yaml$/, (text) => text.replace('max_moe_layer_num: 58', 'max_moe_layer_num: 26')),
};

describe('of 16 nodes of an instance that does not come up, all noisy', () => {
  it('the one with a wrong rank table, port, interface or config is named first, for 19 of 20 seeds at least', () => {
    const faults = Object.values(FAULTS);
    const [first, numSeeds] = LONG ? [SEED, 100] : [0, 20];
    let right = 0;
    for (let seed = first; seed < first + numSeeds; seed += 1) {
      const random = Random.scrambled(seed);
      const evidence = NODES.map((node) => noisy(node, random));
      const at = random.below(NUM_NODES);
      const one = evidence[at]!;
      const broken = { ...one, found: faults[seed % faults.length]!(one.found!) };
      expect(broken.found).not.toEqual(one.found);
      const suspects = findSuspects(evidence.map((other, i) => (i === at ? broken : other)));
      if (suspects[0]?.node === one.node) right += 1;
    }
    expect(right / numSeeds).toBeGreaterThanOrEqual(19 / 20);
  }, 300_000);

  it('nobody is named where none is odd', () => {
    for (let seed = 0; seed < 10; seed += 1) {
      const random = Random.scrambled(seed);
      const words = blameText(
        'decode group1',
        NODES.map((node) => noisy(node, random)),
      );
      expect(words.filter((line) => line.includes('look at'))).toEqual([]);
    }
  });
});

describe('the words', () => {
  const plain = (node: DesiredNode, parts: Partial<Found> = {}): Evidence => ({
    node: node.node,
    host: node.host,
    found: { ...foundOf(node), ...parts },
  });

  it('name the odd node with what differs, then who said what, fewest first', () => {
    const evidence = NODES.map((node, i) => {
      const all = plain(node, { lastWords: [`rank ${i}: waiting for peers`] });
      return i !== 5
        ? { ...all, found: { ...all.found!, lastWords: ['waiting for peers'] } }
        : {
            ...all,
            found: { ...FAULTS['rank table']!(all.found!), state: 'exit code 1', lastWords: ['HCCL error 9'] },
          };
    });
    const words = blameText('decode group1', evidence);
    expect(words[0]).toBe(
      'decode group1: look at d5 (10.0.0.7) first: ranktable/global/global_ranktable_merge.json: "device_ip": "172.16.99.1" instead of "device_ip": "172.16.9.1", which 15 others have; its server: exit code 1 instead of runs, which 15 others have; its last words: HCCL error # instead of waiting for peers, which 15 others have',
    );
    expect(words.slice(1)).toEqual([
      'decode group1: d5: exit code 1, all ports listen, log: HCCL error 9',
      'decode group1: d0, d1, d2, d3, d4, d6, d7, d8, d9, d10, d11, d12, d13, d14, d15: runs, all ports listen, log: waiting for peers',
    ]);
  });

  it('believe a digest before the many: of two nodes too, and where all others are wrong alike', () => {
    const two = NODES.slice(0, 2).map((node, i) => plain(node, i === 1 ? { wrongFiles: ['config_d.yaml'] } : {}));
    expect(blameText('decode group1', two)[0]).toBe(
      'decode group1: look at d1 (10.0.0.3) first: config_d.yaml: is not what its deployment says',
    );
  });

  it('name an interface that the host does not have', () => {
    const three = NODES.slice(0, 3).map((node, i) =>
      plain(node, { environment: { GLOO_SOCKET_IFNAME: 'eth0' }, interfaces: [i === 2 ? 'bond0' : 'eth0'] }),
    );
    expect(blameText('decode group1', three)[0]).toBe(
      'decode group1: look at d2 (10.0.0.4) first: GLOO_SOCKET_IFNAME=eth0: the host has no such interface, but bond0',
    );
  });

  it('name who gave up where two are too few to be compared', () => {
    const two = NODES.slice(0, 2).map((node, i) => plain(node, i === 1 ? { state: 'exit code 2' } : {}));
    expect(blameText('decode group1', two)[0]).toBe(
      'decode group1: look at d1 (10.0.0.3) first: its server ended (exit code 2) while the other runs',
    );
  });

  it('show in what two nodes differ that neither was meant to, and name nobody', () => {
    const own = (node: DesiredNode, library: string) => ({
      ...foundOf(node).environment,
      HOSTNAME: node.node,
      OMNIPLACE_GENERATION: node.node,
      LD_LIBRARY_PATH: library,
      HCCL_IF_IP: node.host,
    });
    const [one, two] = NODES;
    const evidence = [
      plain(one!, { environment: own(one!, '/usr/local/Ascend/8.0.RC2/lib') }),
      plain(two!, { environment: { ...own(two!, '/usr/local/Ascend/8.0.RC3/lib'), HCCL_ALGO: 'ring' } }),
    ];
    expect(blameText('decode group1', evidence)).toEqual([
      'decode group1: of two nodes nobody can say which is right; they differ in HCCL_ALGO: not set on d0, ring on d1; LD_LIBRARY_PATH: /usr/local/Ascend/8.0.RC2/lib on d0, /usr/local/Ascend/8.0.RC3/lib on d1',
      'decode group1: d0, d1: runs, all ports listen, log: ready',
    ]);
    const alike = [one!, two!].map((node) => plain(node, { environment: own(node, '/usr/lib') }));
    expect(blameText('decode group1', alike)).toHaveLength(1);
  });

  it('say who could not be asked', () => {
    const [one, two] = NODES;
    expect(blameText('decode group1', [plain(one!), { node: two!.node, host: two!.host, found: null }])).toEqual([
      'decode group1: d0: runs, all ports listen, log: ready',
      'decode group1: d1: could not be asked',
    ]);
  });
});

function inFile(name: RegExp, change: (text: string) => string): (found: Found) => Found {
  return (found) => ({
    ...found,
    files: Object.fromEntries(
      Object.entries(found.files).map(([path, text]) => [path, name.test(path) ? change(text) : text]),
    ),
  });
}

/** A node as its deployment says, whose servers are where chance has them. */
function noisy(node: DesiredNode, random: Random): Evidence {
  const found = foundOf(node);
  const words = [
    'waiting for peers',
    'loading weights 12/61',
    'HCCL timeout after 1800 s',
    'rank 7: connection refused',
  ];
  const runs = random.uniform() < 0.6;
  return {
    node: node.node,
    host: node.host,
    found: {
      ...found,
      state: runs ? 'runs' : ['gone', 'exit code 1', 'exit code 137'][random.below(3)]!,
      environment: runs ? found.environment : {},
      ports: Object.fromEntries(Object.keys(found.ports).map((port) => [port, random.uniform() < 0.4])),
      lastWords: [words[random.below(words.length)]!.replace('12', String(random.below(61)))],
    },
  };
}

function foundOf(node: DesiredNode): Found {
  const files = filesOf(node).flatMap(({ path, content }) =>
    'text' in content ? [[path.slice(node.paths.folder.length + 1), content.text] as const] : [],
  );
  const script = files.find(([path]) => path.endsWith('.sh'))?.[1] ?? '';
  const exported = [...script.matchAll(/^export (\w+)='?([^'\n]*)'?$/gm)].map(([, name, value]) => [name!, value!]);
  return {
    files: Object.fromEntries(files),
    digests: {},
    wrongFiles: [],
    environment: Object.fromEntries(exported),
    state: 'runs',
    ports: Object.fromEntries(httpProbes(node.server.readiness).map((_, i) => [`server ${i}`, true])),
    interfaces: ['lo', 'eth0'],
    lastWords: ['ready'],
  };
}
