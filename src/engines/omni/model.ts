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
  };
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
