import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../../src/deployment/deployment.ts';
import { filesOf } from '../../../src/engines/artifact.ts';
import { desiredOf } from '../../../src/engines/desiredOf.ts';
import type { LocalInputs } from '../../../src/engines/inputs.ts';
import { assumedDialect, NEWEST_KNOWN } from '../../../src/engines/omni/dialect/knownDialects.ts';
import { omniEngine } from '../../../src/engines/omni/index.ts';
import { omniSettings } from '../../../src/engines/omni/settings.ts';
import { readDeployment } from '../../../src/engines/readDeployment.ts';
import { httpProbes } from '../../../src/engines/readiness.ts';
import { topologyOf } from '../../../src/engines/topologyOf.ts';
import type { Facts } from '../../../src/facts/facts.ts';
import { quote } from '../../../src/shell/quote.ts';
import type { NodeName } from '../../../src/topology/topology.ts';
import {
  type FakeDeployment,
  type FakeSettings,
  fakeDeployment,
  fakeSettings,
  PLACEMENT,
} from '../../fakes/deployment.ts';
import { freshFacts, freshHost, readDialect } from '../../fakes/facts.ts';
import { filesOfTag } from '../../fakes/filesOfTag.ts';
import { NO_INPUTS } from '../../fakes/inputs.ts';

const DEEPSEEK = JSON.stringify({
  num_hidden_layers: 61,
  first_k_dense_replace: 3,
  n_routed_experts: 256,
  num_experts_per_tok: 8,
});

function desiredBy(deployment: Deployment, facts?: Facts, inputs: LocalInputs = NO_INPUTS) {
  const topology = topologyOf(deployment);
  return desiredOf(omniEngine, deployment, topology, facts ?? freshFacts(topology, deployment.image), inputs);
}

/** Everything of some nodes as one text: docker run, files, server. Rank tables have their own golden test. */
function rendered(deployment: Deployment, nodes: readonly NodeName[], dialect = NEWEST_KNOWN.dialect): string {
  const topology = topologyOf(deployment);
  const texts = { [`${deployment.modelPath}/config.json`]: DEEPSEEK };
  const facts = Object.fromEntries(
    topology.hosts.map(({ address }) => [
      address,
      freshHost(address, deployment.image, { texts, dialect: readDialect(dialect) }),
    ]),
  );
  const { nodes: made, unknown } = desiredBy(deployment, facts, {
    ...NO_INPUTS,
    trees: { [`${omniSettings(deployment).codePath}/omniinfer`]: 'c0de' },
  });
  expect(unknown).toEqual([]);
  return nodes
    .map((name) => made[name]!)
    .flatMap(({ node, host, container, server }) => [
      `######## ${node} on ${host}`,
      quote(
        container.run.filter(
          (_, i, run) => !run[i]?.startsWith('omniplace.spec=') && !run[i + 1]?.startsWith('omniplace.spec='),
        ),
      ),
      `folders: ${container.folders.join(' ')}`,
      ...filesOfTag(made[node], 'push_config').map(
        (file) => `---- ${file.path} 0${file.mode.toString(8)}\n${'text' in file.content ? file.content.text : ''}`,
      ),
      `---- server: ${quote(server.argv)}`,
      `logs: ${server.logs.join(' ')}`,
      ...httpProbes(server.readiness).map(
        (probe) => `ready: http://${probe.host}:${probe.port}${probe.path} (${probe.of})`,
      ),
    ])
    .join('\n');
}

function inventory(name: string): Deployment {
  const text = readFileSync(new URL(`../../../inventories/${name}.yml`, import.meta.url), 'utf8');
  const parsed = readDeployment(text, { file: `${name}.yml`, directory: '/inventories', home: '/home/user' });
  expect(parsed.faults.filter(({ severity }) => severity === 'error')).toEqual([]);
  return parsed.deployment!;
}

function scriptOf(parts: FakeDeployment, name: NodeName): string {
  const file = filesOf(desiredBy(fakeDeployment(parts)).nodes[name]!).find(({ path }) => /run_\w+\.sh$/.test(path))!;
  return 'text' in file.content ? file.content.text : '';
}

describe('what omni puts on hosts', () => {
  it('of 1P1D', async () => {
    await expect(rendered(inventory('1p1d'), ['p0', 'd0', 'c0'])).toMatchFileSnapshot('rendered/1p1d.txt');
  });

  it('of 2P1D over two decode hosts', async () => {
    await expect(rendered(inventory('2p1d'), ['p1', 'd0', 'd1', 'c0'])).toMatchFileSnapshot('rendered/2p1d.txt');
  });

  it("of 4P1D in omni_cli's sample form", async () => {
    await expect(rendered(inventory('4p1d'), ['p3', 'd3', 'c0'])).toMatchFileSnapshot('rendered/4p1d.txt');
  });

  it.each([
    ['8p1d', ['p0', 'p7', 'd7', 'c0']],
    ['two-host-prefill', ['p0', 'p1', 'p2', 'd1', 'c0']],
    ['1machine2p', ['p0', 'p1', 'd0', 'c0']],
    ['uneven', ['p0', 'p1', 'd0', 'd1', 'c0']],
    ['proxy-apart', ['p0', 'd0', 'c0']],
    ['2p2d', ['p1', 'd0', 'd2', 'd3', 'c0']],
    ['mixed', ['m0']],
    ['ordinary-user', ['p0', 'd1', 'c0']],
  ] as const)('of inventories/%s.yml', async (name, nodes) => {
    await expect(rendered(inventory(name), nodes)).toMatchFileSnapshot(`rendered/${name}.txt`);
  });

  it('of a mixed server, with the keys that it has like prefill and decode', async () => {
    const settings = fakeSettings('mixed', { enableExpertParallel: true, enablePrefixCaching: true });
    const text = await rendered(fakeDeployment({ mixed: [{ hosts: ['10.0.0.1'], settings }] }), ['m0']);
    expect(text).toContain('  --enable-expert-parallel \\\n  --enable-prefix-caching \\\n');
  });

  it('of a prefill instance over two hosts, in the older generation', async () => {
    const deployment = fakeDeployment({ generation: 'v0.3', prefill: [{ hosts: ['10.0.0.1', '10.0.0.3'] }] });
    const { dialect } = assumedDialect('v0.3');
    await expect(rendered(deployment, ['p0', 'p1', 'd0'], dialect)).toMatchFileSnapshot(
      'rendered/two-host-prefill-v0.3.txt',
    );
  });

  it('of a cluster without Ascend dies', async () => {
    const deployment = fakeDeployment({
      generation: 'v0.6',
      accelerator: 'cuda',
      codePath: null,
      httpProxy: 'http://proxy.example:3128',
      container: {
        namePrefix: 'c',
        mounts: ['/nfs:/nfs:ro'],
        devices: ['/dev/fuse'],
        shmSize: '64g',
        flags: ['--ulimit', 'memlock=-1'],
      },
    });
    const { nodes } = desiredBy(deployment);
    expect(quote(nodes.d0!.container.run).replace(/omniplace.spec=\w+/, 'omniplace.spec=X')).toBe(
      'docker run -d --init --name c_decode_d0 --label omniplace.cluster=r1 --label omniplace.node=d0 --label omniplace.spec=X ' +
        '--net=host --privileged -u root -w / --shm-size=64g -e RANKTABLE_SAVE_PATH=/var/lib/omniplace/r1/d0/ranktable -e LOG_PATH=/data/log ' +
        '-e PYTHONHASHSEED=123 -e CUDA_VISIBLE_DEVICES=0,1,2,3 -e http_proxy=http://proxy.example:3128 -e https_proxy=http://proxy.example:3128 ' +
        '-e no_proxy=localhost,127.0.0.1,10.0.0.1,10.0.0.2 --device=/dev/fuse -v /var/lib/omniplace/r1:/var/lib/omniplace/r1 -v /data/log:/data/log ' +
        '-v /data/models/r1:/data/models/r1 -v /nfs:/nfs:ro --gpus all --ulimit memlock=-1 --entrypoint sleep repo/omniinfer:1 infinity',
    );
    expect(quote(nodes.c0!.container.run)).not.toContain('--gpus');
  });
});

describe('start scripts', () => {
  it("give decode servers their own group's addresses and all others'", () => {
    const script = scriptOf({ decode: [{ hosts: ['10.0.0.2'] }, { hosts: ['10.0.0.3', '10.0.0.4'] }] }, 'd2');
    expect(script).toContain(
      "--local-decode-server-ip-list 10.0.0.3,10.0.0.4 \\\n  --global-decode-server-ip-list '10.0.0.2;10.0.0.3,10.0.0.4' \\",
    );
    expect(script).toContain('--num-dp 8 \\\n  --server-offset 4 \\');
    expect(script).toContain('--kv-rank 2 \\\n  --kv-engine-id 2 \\\n  --kv-parallel-size 1 \\');
  });

  it('give each server on a host its own KV transfer port', () => {
    const prefill = [
      { hosts: ['10.0.0.1'], dies: [0, 1] },
      { hosts: ['10.0.0.1'], dies: [2, 3] },
    ];
    expect(scriptOf({ prefill }, 'p0')).toContain('  --vllm-llmdatadist-zmq-port 5568 \\\n');
    expect(scriptOf({ prefill }, 'p1')).toContain('  --vllm-llmdatadist-zmq-port 5584 \\\n');
  });

  it('pass hostile values on as they are', () => {
    const settings = { env: { GREETING: `it's $(touch /tmp/x) \`y\`` }, extraArgs: ['--chat-template', "a;$(c)'d"] };
    const script = scriptOf(
      {
        servedModelName: '$(id)',
        prefill: [{ hosts: ['10.0.0.1'], settings: { ...fakeDeployment().prefill[0]!.settings, ...settings } }],
      },
      'p0',
    );
    expect(script).toContain(`export GREETING='it'\\''s $(touch /tmp/x) \`y\`'\n`);
    expect(script).toContain("--served-model-name '$(id)' \\");
    expect(script).toContain(`--no-enable-prefix-caching --chat-template a;$(c)'\\''d' \\`);
  });

  it('lead settings that pd_run.sh sets from arguments through those', () => {
    const settings = { ...fakeDeployment().decode[0]!.settings, env: { HCCL_BUFFSIZE: '20', VLLM_ENABLE_MC2: '0' } };
    const script = scriptOf({ decode: [{ hosts: ['10.0.0.2'], settings }] }, 'd0');
    expect(script).toContain('--vllm-enable-mc2 0 \\');
    expect(script).toContain('--hccl-buffsize 20 \\');
  });
});

describe('facts that are missing', () => {
  it('leave out only what needs them', () => {
    const deployment = fakeDeployment({
      model: { moeLayers: null, experts: null, topK: null, firstDenseLayers: null },
    });
    const facts = {
      '10.0.0.1': freshHost('10.0.0.1', 'i', { texts: {} }),
      '10.0.0.2': freshHost('10.0.0.2', 'i', { interfaceName: null }),
    };
    const { nodes, unknown } = desiredBy(deployment, facts);
    expect(unknown).toEqual([
      { fact: 'number of MoE layers', of: 'host', host: '10.0.0.1', node: 'p0', blocks: 'files' },
      { fact: 'interfaceName', of: 'host', host: '10.0.0.2', node: 'd0', blocks: 'files' },
    ]);
    const names = (node: NodeName) => filesOfTag(nodes[node], 'push_config').map(({ path }) => path.split('/').at(-1));
    expect(names('p0')).toEqual(['test_config_prefill.json', 'run_prefill.sh']);
    expect(names('d0')).toEqual(['config_d.yaml', 'test_config_decode.json']);
    expect(names('c0')).toEqual(['run_proxy.sh']);
  });

  it('are read from config.json where the deployment file does not declare the model', () => {
    const model = { moeLayers: null, experts: null, topK: null, firstDenseLayers: null };
    const config = nodesText(desiredBy(fakeDeployment({ model })), 'd0', 'config_d.yaml');
    expect(config).toContain('max_moe_layer_num: 58\n');
  });

  it('never hide a local file that is missing', () => {
    const { unknown } = desiredBy(fakeDeployment({ wheels: ['/w/a.whl'], codePath: '/code' }));
    expect(unknown.filter(({ node }) => node === 'd0')).toEqual([
      { fact: 'file /w/a.whl', of: 'this-machine', host: '10.0.0.2', node: 'd0', blocks: 'files' },
      { fact: 'folder /code/omniinfer', of: 'this-machine', host: '10.0.0.2', node: 'd0', blocks: 'server' },
    ]);
  });
});

describe('a generation', () => {
  const generation = (parts: FakeDeployment, inputs = NO_INPUTS, node: NodeName = 'd0') =>
    desiredBy(fakeDeployment(parts), undefined, inputs).nodes[node]!.server.generation;
  const withDecode = (settings: FakeSettings) => ({ decode: [{ hosts: ['10.0.0.2'], settings }] });
  const withFile = (sha256: string): LocalInputs => ({ ...NO_INPUTS, files: { '/p.npy': { sha256, sizeBytes: 1 } } });

  it('is the same for the same deployment', () => {
    expect(generation({})).toBe(generation({}));
  });

  it('changes with all that a server is made of', () => {
    const pattern = withDecode({ placement: { ...PLACEMENT, patternPath: '/p.npy' } });
    const generations = [
      generation({}),
      generation({ image: 'other' }),
      generation(withDecode({ maxNumSeqs: 33 })),
      generation(withDecode({ env: { A: 'b' } })),
      generation(withDecode({ extraConfig: { operator_optimizition_config: { gmm_nz: false } } })),
      generation(withDecode({ placement: { ...PLACEMENT, enableDynamic: true } })),
      generation(pattern, withFile('a')),
      generation(pattern, withFile('b')),
      generation({ codePath: '/code' }, { ...NO_INPUTS, trees: { '/code/omniinfer': 'a' } }),
      generation({ codePath: '/code' }, { ...NO_INPUTS, trees: { '/code/omniinfer': 'b' } }),
      generation({ prefill: [{ hosts: ['10.0.0.1'], dies: [0, 1] }] }),
    ];
    expect(new Set(generations).size).toBe(generations.length);
  });

  it("leaves a prefill node's alone when only decode settings change", () => {
    expect(generation(withDecode({ maxModelLen: 8192 }), NO_INPUTS, 'p0')).toBe(generation({}, NO_INPUTS, 'p0'));
    const proxy = (parts: FakeDeployment) => generation({ generation: 'v0.6', ...parts }, NO_INPUTS, 'c0');
    expect(proxy(withDecode({ maxNumSeqs: 64 }))).not.toBe(proxy({}));
  });
});

describe('artifact paths', () => {
  it('name every file that can be made, before any fact is known', () => {
    for (const generation of ['v0.3', 'v0.6'] as const) {
      const deployment = fakeDeployment({
        generation,
        wheels: ['/w/a.whl'],
        prefill: [{ hosts: ['10.0.0.1', '10.0.0.3'] }],
        decode: [{ hosts: ['10.0.0.2'], settings: { placement: { ...PLACEMENT, patternPath: '/p.npy' } } }],
      });
      const topology = topologyOf(deployment);
      const inputs = {
        ...NO_INPUTS,
        files: { '/w/a.whl': { sha256: 'a', sizeBytes: 1 }, '/p.npy': { sha256: 'b', sizeBytes: 1 } },
      };
      const assumed = { dialect: { from: 'i', state: 'absent', problem: 'none', accepts: null } } as const;
      const facts = Object.fromEntries(
        topology.hosts.map(({ address }) => [address, freshHost(address, deployment.image, assumed)]),
      );
      const { nodes } = desiredBy(deployment, facts, inputs);
      for (const node of topology.nodes) {
        const made = filesOf(nodes[node.name]!).map(({ path }) => path);
        const named =
          node.role === 'proxy'
            ? omniEngine.router!(deployment, topology)!.artifactPaths
            : omniEngine.artifactPaths(node, deployment, topology);
        expect([...named.files].sort()).toEqual([...made].sort());
      }
    }
  });
});

function nodesText(desired: ReturnType<typeof desiredBy>, node: NodeName, name: string): string {
  const file = filesOf(desired.nodes[node]!).find(({ path }) => path.endsWith(`/${name}`))!;
  return 'text' in file.content ? file.content.text : '';
}
