import { expect, it } from 'vitest';
import { denseModelRefusals } from '../../../src/engines/vllm/checks/denseModel.ts';
import { freshHost } from '../../fakes/facts.ts';
import { vllmDeployment } from './vllmDeployment.ts';

const EXTERNAL = 'hosts: "10.0.0.2", tensor_parallel_size: 4, data_parallel_lb: external';

function refusals(config: unknown, decode = EXTERNAL) {
  const { deployment, topology } = vllmDeployment({ decode: [decode] });
  const texts = { '/models/m/config.json': config === null ? null : JSON.stringify(config) };
  const facts = Object.fromEntries(
    topology.hosts.map(({ address }) => [address, freshHost(address, deployment.image, { texts })]),
  );
  return denseModelRefusals(deployment, topology, facts);
}

it('refuses a server per rank for a model that the host shows to have no experts', () => {
  expect(refusals({ num_hidden_layers: 32 })).toEqual([
    {
      host: '10.0.0.2',
      message:
        'decode group1 has data_parallel_lb: external, which vLLM refuses for a model without experts (/models/m/config.json)',
      hint: 'remove data_parallel_lb, or write a group for each rank',
    },
  ]);
});

it('refuses nothing where the model has experts, is not known, or has one server', () => {
  expect(refusals({ num_hidden_layers: 61, n_routed_experts: 256 })).toEqual([]);
  expect(refusals({ num_hidden_layers: 28, moe_num_experts: 64 })).toEqual([]);
  expect(refusals(null)).toEqual([]);
  expect(refusals({ num_hidden_layers: 32 }, 'hosts: "10.0.0.2", tensor_parallel_size: 4')).toEqual([]);
});
