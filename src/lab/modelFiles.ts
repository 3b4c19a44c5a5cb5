/** Where every lab host has the model. */
export const LAB_MODEL = '/data/models/lab-moe';

/** DeepSeek-V3's keys, few layers: 8 MoE layers of 64 experts after one dense layer. */
const CONFIG = {
  architectures: ['DeepseekV3ForCausalLM'],
  model_type: 'deepseek_v3',
  hidden_size: 512,
  intermediate_size: 1024,
  moe_intermediate_size: 256,
  num_hidden_layers: 9,
  first_k_dense_replace: 1,
  moe_layer_freq: 1,
  n_routed_experts: 64,
  n_shared_experts: 1,
  num_experts_per_tok: 4,
  num_attention_heads: 8,
  num_key_value_heads: 8,
  max_position_embeddings: 32768,
  vocab_size: 32000,
  torch_dtype: 'bfloat16',
};

/** A model folder as far as a deployment looks into it: there are no weights behind the index. */
export function modelFiles(): readonly { readonly name: string; readonly content: string }[] {
  const index = { metadata: { total_size: 0 }, weight_map: {} };
  return [
    { name: 'config.json', content: `${JSON.stringify(CONFIG, null, 2)}\n` },
    { name: 'model.safetensors.index.json', content: `${JSON.stringify(index, null, 2)}\n` },
  ];
}
