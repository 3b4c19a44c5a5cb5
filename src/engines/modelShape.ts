import type { Deployment } from '../deployment/deployment.ts';
import type { Facts } from '../facts/facts.ts';
import { parseLoosely } from '../files/parseJson.ts';
import type { ModelShape } from './engine.ts';
import { type ModelConfig, ModelConfigShape } from './modelConfig.gen.ts';

const BITS: Readonly<Record<string, number>> = { float32: 32, bfloat16: 16, float16: 16 };

/** What the deployment file declares goes before what `config.json` on the host says. */
export function modelShape(deployment: Deployment, facts: Facts, address: string): ModelShape {
  const host = facts[address];
  const config = parseLoosely(host?.reachable ? host.texts[modelConfigPath(deployment)] : null, ModelConfigShape) ?? {};
  const { model } = deployment;
  const layers = config.num_hidden_layers;
  // Qwen-style models have no such key: each of their layers is a MoE layer
  const dense = model.firstDenseLayers ?? config.first_k_dense_replace ?? 0;
  return {
    moeLayers: model.moeLayers ?? (layers === undefined ? null : layers - dense),
    experts: model.experts ?? config.n_routed_experts ?? config.num_experts ?? config.num_local_experts ?? null,
    topK: model.topK ?? config.num_experts_per_tok ?? null,
    expertBytes: expertBytes(config),
  };
}

/** Three matrices: gate, up and down; scales are a hundredth more, and not counted. */
function expertBytes(config: ModelConfig): number | null {
  const { hidden_size: hidden, moe_intermediate_size: inner } = config;
  const bits = weightBits(config);
  return hidden === undefined || inner === undefined || bits === null ? null : (3 * hidden * inner * bits) / 8;
}

function weightBits({ quantization_config: quantized, quantize, torch_dtype: dtype }: ModelConfig) {
  const said = quantized === undefined ? quantize : JSON.stringify(quantized);
  // fp8, w8a8_dynamic, w4a8, or compressed-tensors' "num_bits":8
  const [, bits] = /(?:fp|\bw|"num_bits":)(\d+)/i.exec(typeof said === 'string' ? said : '') ?? [];
  if (bits !== undefined) return Number(bits);
  if (said !== undefined) return null;
  return dtype === undefined ? null : (BITS[dtype] ?? null);
}

function modelConfigPath(deployment: Deployment): string {
  return `${deployment.modelPath}/config.json`;
}
