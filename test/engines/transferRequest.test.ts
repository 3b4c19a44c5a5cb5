import { describe, expect, it } from 'vitest';
import { engineOf } from '../../src/engines/index.ts';
import { transferRequest } from '../../src/engines/transferRequest.ts';
import { buildClusterView, planOf } from '../../src/operations/cluster/clusterView.ts';
import { fakeDeployment } from '../fakes/deployment.ts';
import { freshFacts } from '../fakes/facts.ts';
import { NO_INPUTS } from '../fakes/inputs.ts';
import { vllmDeployment } from './vllm/vllmDeployment.ts';

const connector = (name: string, decode = name) =>
  `  prefill: {kv_connector: ${name}}\n  decode: {kv_connector: ${decode}}\n`;

function requestOf(parts: Parameters<typeof vllmDeployment>[0]) {
  const { deployment, topology } = vllmDeployment(parts);
  const request = transferRequest({ engine: engineOf('vllm'), deployment, topology });
  if (request === null || 'unprovable' in request) throw new Error('it can be proven');
  return request;
}

describe('what is asked to see that KV caches are transferred', () => {
  it('is each pair and the router, and the counters of every decode server, with NIXL', () => {
    const request = requestOf({ prefill: ['hosts: "10.0.0.1"', 'hosts: "10.0.0.3"'] });
    expect(request.pairs.map(({ prefill, decode }) => [prefill, decode])).toEqual([
      [
        { node: 'p0', host: '10.0.0.1', port: 8100 },
        { node: 'd0', host: '10.0.0.2', port: 9100 },
      ],
      [
        { node: 'p1', host: '10.0.0.3', port: 8110 },
        { node: 'd0', host: '10.0.0.2', port: 9100 },
      ],
    ]);
    expect(request.pairs[0]!.protocol.prefill).toMatchObject({ kv_transfer_params: { do_remote_decode: true } });
    expect(request.entrances).toEqual([{ host: '10.0.0.1', port: 30000, called: 'the proxy' }]);
    expect(request.decode).toEqual([{ node: 'd0', host: '10.0.0.2', port: 9100 }]);
    expect(request.metrics).toBe('/metrics');
  });

  it('is the bootstrap of each prefill server before, with Mooncake', () => {
    const request = requestOf({ services: connector('MooncakeConnector') });
    expect(request.pairs.map(({ prefill }) => prefill)).toEqual([
      { node: 'p0', host: '10.0.0.1', port: 8100, bootstrapPort: 8998 },
    ]);
  });

  it('is only the router, with a connector whose pairs cannot be addressed', () => {
    const { pairs, entrances } = requestOf({ services: connector('LMCacheConnectorV1') });
    expect([pairs, entrances.length]).toEqual([[], 1]);
  });

  it('cannot be asked of OmniInfer, and is nothing where no prefill is apart', () => {
    const of = (deployment: ReturnType<typeof fakeDeployment>) =>
      transferRequest(buildClusterView(deployment, NO_INPUTS, {}));
    expect(of(fakeDeployment())).toEqual({ unprovable: 'the vLLM 0.9 in OmniInfer does not count it' });
    expect(of(fakeDeployment({ mixed: [{ hosts: ['10.0.0.1'] }] }))).toBe(null);
  });
});

describe('the last phase of serve', () => {
  it('checks the transfer after the token, for an engine that counts it', () => {
    const { deployment, topology } = vllmDeployment();
    const facts = freshFacts(topology, deployment.image);
    const steps = planOf(buildClusterView(deployment, NO_INPUTS, facts)).steps.filter(({ tag }) => tag === 'verify');
    expect(steps.map(({ id, title, needs }) => [id, title, needs])).toEqual([
      ['verify/c0/completion', 'ask the proxy for a completion', expect.anything()],
      ['verify/c0/kv-transfer', 'check that decode receives KV from prefill', ['verify/c0/completion']],
    ]);
  });

  it('shows with the token that it can not be proven, for an engine that does not count it', () => {
    const deployment = fakeDeployment();
    const { topology } = buildClusterView(deployment, NO_INPUTS, {});
    const view = buildClusterView(deployment, NO_INPUTS, freshFacts(topology, deployment.image));
    const requests = planOf(view).steps.flatMap(({ action }) => (action.kind === 'request' ? [action.request] : []));
    expect(requests.map(({ unproven }) => unproven)).toEqual([
      'KV transfer: not provable (the vLLM 0.9 in OmniInfer does not count it)',
    ]);
  });
});
