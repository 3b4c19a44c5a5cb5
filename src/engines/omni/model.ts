import type { Deployment } from '../../deployment/deployment.ts';
import type { Facts } from '../../facts/facts.ts';
import type { ModelShape } from '../engine.ts';

/** What the deployment file declares goes before what `config.json` on the host says. */
export function modelShape(deployment: Deployment, facts: Facts, address: string): ModelShape {
  const host = facts[address];
  const config = parse(host?.reachable ? (host.texts[modelConfigPath(deployment)] ?? null) : null);
  const { model } = deployment;
  const layers = wholeNumber(config.num_hidden_layers);
  // Qwen-style models have no such key: each of their layers is a MoE layer
  const dense = model.firstDenseLayers ?? wholeNumber(config.first_k_dense_replace) ?? 0;
  return {
    moeLayers: model.moeLayers ?? (layers === null ? null : layers - dense),
    experts:
      model.experts ??
      wholeNumber(config.n_routed_experts) ??
      wholeNumber(config.num_experts) ??
      wholeNumber(config.num_local_experts),
    topK: model.topK ?? wholeNumber(config.num_experts_per_tok),
    expertBytes: expertBytes(config),
  };
}

/** Three matrices: gate, up and down; scales are a hundredth more, and not counted. */
function expertBytes(config: Record<string, unknown>): number | null {
  const hidden = wholeNumber(config.hidden_size);
  const inner = wholeNumber(config.moe_intermediate_size);
  const bits = weightBits(config);
  return hidden === null || inner === null || bits === null ? null : (3 * hidden * inner * bits) / 8;
}

const BITS: Readonly<Record<string, number>> = { float32: 32, bfloat16: 16, float16: 16 };

function weightBits({ quantization_config: quantized, quantize, torch_dtype: dtype }: Record<string, unknown>) {
  const said = quantized === undefined ? quantize : JSON.stringify(quantized);
  // fp8, w8a8_dynamic, w4a8, or compressed-tensors' "num_bits":8
  const [, bits] = /(?:fp|\bw|"num_bits":)(\d+)/i.exec(typeof said === 'string' ? said : '') ?? [];
  if (bits !== undefined) return Number(bits);
  if (said !== undefined) return null;
  return typeof dtype === 'string' ? (BITS[dtype] ?? null) : null;
}

function modelConfigPath(deployment: Deployment): string {
  return `${deployment.modelPath}/config.json`;
}

function parse(text: string | null): Record<string, unknown> {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function wholeNumber(value: unknown): number | null {
  return Number.isSafeInteger(value) ? (value as number) : null;
}
