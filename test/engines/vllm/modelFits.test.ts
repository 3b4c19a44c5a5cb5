import { describe, expect, it } from 'vitest';
import { modelFits } from '../../../src/engines/vllm/checks/modelFits.ts';
import { freshHost } from '../../fakes/facts.ts';
import { vllmDeployment } from './vllmDeployment.ts';

const GQA = { num_hidden_layers: 94, num_attention_heads: 64, num_key_value_heads: 4, num_experts: 128 };
const MLA = { ...GQA, num_key_value_heads: 64, kv_lora_rank: 512 };

/** What preflight finds of the model, where prefill has 8 GPUs in one rank. */
function found(config: unknown, decode = '', services = '') {
  const { deployment, topology } = vllmDeployment({ decode: [`hosts: "10.0.0.2"${decode}`], services });
  const texts = { '/models/m/config.json': config === null ? null : JSON.stringify(config) };
  const facts = Object.fromEntries(
    topology.hosts.map(({ address }) => [address, freshHost(address, deployment.image, { texts })]),
  );
  return modelFits(deployment, topology, facts).map(
    ({ severity = 'error', host, message, hint }) => `${severity} ${host}: ${message} (${hint})`,
  );
}

describe("the model's config.json", () => {
  it('allows sizes that fit it, and anything where it is not known', () => {
    expect(found(GQA)).toEqual([]);
    expect(found(null)).toEqual([]);
    expect(found({ kv_lora_rank: 'x' })).toEqual([]);
  });

  it('has attention heads that tensor parallel ranks share out evenly', () => {
    expect(found({ num_attention_heads: 28, num_key_value_heads: 4 })).toEqual([
      "error 10.0.0.1: prefill group1 has tensor parallel size 8, by which the 28 attention heads of the model can't be divided (choose a tensor_parallel_size that divides them)",
      "error 10.0.0.2: decode group1 has tensor parallel size 8, by which the 28 attention heads of the model can't be divided (choose a tensor_parallel_size that divides them)",
    ]);
    expect(found({ text_config: { num_attention_heads: 28 } })).toHaveLength(2);
  });

  it('decides whether prefill may have more tensor parallel ranks than decode', () => {
    expect(found(GQA, ', tensor_parallel_size: 2')).toEqual([
      'error 10.0.0.2: tensor parallel sizes 8 of prefill group1 and 2 of decode group1: with 4 key-value heads prefill has copies of them, and decode refuses its cache (choose a size of at most 4 for prefill, or the same for both)',
    ]);
    expect(found({ ...GQA, num_key_value_heads: 8 }, ', tensor_parallel_size: 2')).toEqual([]);
    expect(found(MLA, ', tensor_parallel_size: 2')).toEqual([]);
  });

  it('decides the same for Mooncake, whose ranks share heads out otherwise', () => {
    const mooncake = '  prefill: {kv_connector: MooncakeConnector}\n  decode: {kv_connector: MooncakeConnector}\n';
    const sixteen = ', devices: "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"';
    expect(found({ ...GQA, num_key_value_heads: 8 }, sixteen, mooncake)).toEqual([
      'error 10.0.0.2: tensor parallel sizes 8 of prefill group1 and 16 of decode group1: with 8 key-value heads decode has copies of them, and Mooncake refuses the transfer (choose a size of at most 8 for decode, or the same for both)',
    ]);
    expect(found({ ...GQA, num_key_value_heads: 16 }, sixteen, mooncake)).toEqual([]);
    expect(found(MLA, sixteen, mooncake)).toEqual([]);
    expect(found(GQA, ', tensor_parallel_size: 2', mooncake)).toEqual([
      'error 10.0.0.2: tensor parallel sizes 8 of prefill group1 and 2 of decode group1: with 4 key-value heads prefill has copies of them, and decode gets a part of its cache only (choose a size of at most 4 for prefill, or the same for both)',
    ]);
    expect(found(GQA, ', tensor_parallel_size: 4', mooncake)).toEqual([]);
  });

  it('warns of layers with a state where tensor parallel sizes differ', () => {
    expect(found({ ...GQA, layer_types: ['linear_attention', 'full_attention'] }, ', tensor_parallel_size: 2')).toEqual(
      [
        'warning 10.0.0.2: tensor parallel sizes 8 of prefill group1 and 2 of decode group1 differ, and the model has layers with a state: their blocks may differ in size (choose the same size for both, or add --no-enable-prefix-caching to extra_args of decode)',
      ],
    );
  });

  it('has experts that ranks share out evenly where vLLM moves them, and some where they are spread', () => {
    const eplb = ', tensor_parallel_size: 1, enable_expert_parallel: true, enable_eplb: true';
    expect(found({ num_experts: 160 }, eplb)).toEqual([]);
    expect(found({ num_experts: 162 }, eplb)).toEqual([
      "error 10.0.0.2: 162 + 0 experts of the model can't be shared evenly by the 8 ranks of decode group1 (set eplb_config: {num_redundant_experts: 6}, which is the total over all ranks)",
    ]);
    expect(found({ num_hidden_layers: 32 }, ', enable_expert_parallel: true')).toEqual([
      "error 10.0.0.2: decode group1 has enable_expert_parallel, and the model's config.json shows no experts (remove enable_expert_parallel)",
    ]);
    expect(found({ num_hidden_layers: 32, moe_num_experts: 8 }, ', enable_expert_parallel: true')).toEqual([]);
  });
});
