import { describe, expect, it } from 'vitest';
import { filesOf } from '../../../src/engines/artifact.ts';
import { boundPorts } from '../../../src/engines/boundPorts.ts';
import { engineOf } from '../../../src/engines/index.ts';
import { mixedVllm, vllmDeployment } from './vllmDeployment.ts';

/** Ports of each node, with what for. */
function portsOf(rendered: ReturnType<typeof vllmDeployment>) {
  const { deployment, topology } = rendered;
  const ports = boundPorts(engineOf('vllm'), deployment, topology);
  return Object.fromEntries(
    topology.nodes.map((node) => [node.name, ports(node).map(({ purpose, from, to }) => `${purpose} ${from}-${to}`)]),
  );
}

function scriptOf(rendered: ReturnType<typeof vllmDeployment>, node: string): string {
  const [script] = filesOf(rendered.nodes[node]!);
  return script !== undefined && 'text' in script.content ? script.content.text : '';
}

describe('the transfer of key-value caches', () => {
  it('has a side channel of NIXL per rank, counted through the instance', () => {
    const decode = ['hosts: "10.0.0.2,10.0.0.3", enable_expert_parallel: true'];
    expect(portsOf(vllmDeployment({ decode }))).toEqual({
      p0: ['api 8100-8100', 'kv 5600-5600'],
      d0: ['api 9100-9100', 'master 9000-9000', 'kv 5600-5607'],
      d1: ['kv 5608-5615'],
      c0: ['listen 30000-30000', 'metrics 29000-29000'],
    });
  });

  it('gives servers of one host channels that do not meet', () => {
    const prefill = ['hosts: "10.0.0.1", devices: "0,1,2,3", tensor_parallel_size: 1'];
    const decode = ['hosts: "10.0.0.1", devices: "4,5,6,7", tensor_parallel_size: 1'];
    const rendered = vllmDeployment({ prefill, decode });
    expect([portsOf(rendered).p0, portsOf(rendered).d0]).toEqual([
      ['api 8100-8100', 'kv 5600-5603'],
      ['api 9100-9100', 'kv 5604-5607'],
    ]);
    expect(scriptOf(rendered, 'd0')).toContain('export VLLM_NIXL_SIDE_CHANNEL_PORT=5604\n');
  });

  it('takes the port that env sets', () => {
    const services = '  prefill: {env: {VLLM_NIXL_SIDE_CHANNEL_PORT: 7600}}\n';
    expect(portsOf(vllmDeployment({ services })).p0).toContain('kv 7600-7600');
  });

  it('has a bootstrap of Mooncake for each prefill server, which the router asks', () => {
    const prefill = ['hosts: "10.0.0.1,10.0.0.3", tensor_parallel_size: 4, data_parallel_lb: external'];
    const services = '  prefill: {kv_connector: MooncakeConnector}\n  decode: {kv_connector: MooncakeConnector}\n';
    const rendered = vllmDeployment({ prefill, services });
    expect(portsOf(rendered)).toMatchObject({
      p0: ['api 8100-8101', 'master 8000-8000', 'kv 8998-8999'],
      p1: ['api 8100-8101', 'kv 8998-8999'],
      d0: ['api 9100-9100'],
    });
    expect(scriptOf(rendered, 'p1')).toContain('VLLM_MOONCAKE_BOOTSTRAP_PORT=8999 vllm serve');
    expect(scriptOf(rendered, 'd0')).toContain(`'{"kv_connector":"MooncakeConnector","kv_role":"kv_consumer"}'`);
    expect(scriptOf(rendered, 'c0').split(' \\\n  ').slice(-5)).toEqual([
      '--prefill http://10.0.0.1:8100 8998',
      '--prefill http://10.0.0.1:8101 8999',
      '--prefill http://10.0.0.3:8100 8998',
      '--prefill http://10.0.0.3:8101 8999',
      '--decode http://10.0.0.2:9100\n',
    ]);
  });

  it('gives headless prefill nodes the bootstrap port of the first node, and reserves none for them', () => {
    const headless = 'hosts: "10.0.0.1,10.0.0.3", enable_expert_parallel: true';
    const services = '  prefill: {kv_connector: MooncakeConnector}\n  decode: {kv_connector: MooncakeConnector}\n';
    const taken = 'hosts: "10.0.0.1", env: {VLLM_MOONCAKE_BOOTSTRAP_PORT: 8998}';
    const rendered = vllmDeployment({ prefill: [taken, headless], services });
    expect(portsOf(rendered)).toMatchObject({
      p0: ['api 8100-8100', 'kv 8998-8998'],
      p1: ['api 8110-8110', 'master 8001-8001', 'kv 8999-8999'],
      p2: [],
    });
    expect(scriptOf(rendered, 'p1')).toContain('export VLLM_MOONCAKE_BOOTSTRAP_PORT=8999\n');
    expect(scriptOf(rendered, 'p2')).toContain('export VLLM_MOONCAKE_BOOTSTRAP_PORT=8999\n');
    expect(scriptOf(rendered, 'd0')).not.toContain('VLLM_MOONCAKE_BOOTSTRAP_PORT');
  });

  it('is not there on mixed servers, which LMCache lets keep caches in the memory of their host', () => {
    const extra = 'kv_transfer_config: {kv_connector_extra_config: {discard_partial_chunks: false}}';
    const rendered = mixedVllm(`kv_connector: LMCacheConnectorV1, lmcache_config: {max_local_cpu_size: 20}, ${extra}`);
    expect(rendered.faults).toEqual([]);
    const [, file] = filesOf(rendered.nodes.m0!);
    expect(file).toMatchObject({
      path: expect.stringContaining('/m0/lmcache.yaml'),
      content: {
        text: `# LMCache's configuration, written by omniplace from the deployment file.
chunk_size: 256
local_cpu: true
max_local_cpu_size: 20
`,
      },
    });
    expect(scriptOf(rendered, 'm0')).toContain('/m0/lmcache.yaml\nexport PYTHONHASHSEED=0\n');
    expect(scriptOf(rendered, 'm0')).toContain(
      `'{"kv_connector":"LMCacheConnectorV1","kv_role":"kv_both","kv_connector_extra_config":{"discard_partial_chunks":false}}'`,
    );
    expect(portsOf(rendered).m0).toEqual(['api 8100-8100']);
    const plain = mixedVllm('max_model_len: 4096');
    expect(filesOf(plain.nodes.m0!)).toHaveLength(1);
    expect(scriptOf(plain, 'm0')).not.toMatch(/kv-transfer-config|PYTHONHASHSEED/);
  });

  it('merges kv_transfer_config into what it makes', () => {
    const extra = 'kv_connector_extra_config: {kv_lease_duration: 60}, kv_load_failure_policy: recompute';
    const rendered = vllmDeployment({ services: `  prefill: {kv_transfer_config: {${extra}}}\n` });
    expect(scriptOf(rendered, 'p0')).toContain(
      `'{"kv_connector":"NixlConnector","kv_role":"kv_producer","kv_load_failure_policy":"recompute","kv_connector_extra_config":{"kv_lease_duration":60}}'`,
    );
  });
});
