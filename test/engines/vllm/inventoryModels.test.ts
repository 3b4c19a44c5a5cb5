import { expect, it } from 'vitest';
import { modelFits } from '../../../src/engines/vllm/checks/modelFits.ts';
import { freshHost } from '../../fakes/facts.ts';
import { renderedVllm, VLLM_INVENTORIES, vllmInventory } from '../../fakes/renderedVllm.ts';

/** What the config.json of the models in the example files contains of sizes, as published with them. */
const MODELS: Readonly<Record<string, object>> = {
  'DeepSeek-R1': {
    num_hidden_layers: 61,
    first_k_dense_replace: 3,
    n_routed_experts: 256,
    num_experts_per_tok: 8,
    num_attention_heads: 128,
    num_key_value_heads: 128,
    kv_lora_rank: 512,
  },
  'Llama-3.1-405B-Instruct': { num_hidden_layers: 126, num_attention_heads: 128, num_key_value_heads: 8 },
  'Qwen3-235B-A22B': { num_hidden_layers: 94, num_experts: 128, num_attention_heads: 64, num_key_value_heads: 4 },
  'Qwen3-30B-A3B': { num_hidden_layers: 48, num_experts: 128, num_attention_heads: 32, num_key_value_heads: 4 },
};

it.each(VLLM_INVENTORIES)('the sizes of inventories/%s.yml fit its model', (name) => {
  const { deployment, topology } = renderedVllm(vllmInventory(name));
  const model = MODELS[deployment.modelPath.replace('/models/', '')];
  expect(model).toBeDefined();
  const texts = { [`${deployment.modelPath}/config.json`]: JSON.stringify(model) };
  const facts = Object.fromEntries(
    topology.hosts.map(({ address }) => [address, freshHost(address, deployment.image, { texts })]),
  );
  expect(modelFits(deployment, topology, facts)).toEqual([]);
});
