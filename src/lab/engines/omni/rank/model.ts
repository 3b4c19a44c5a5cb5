import { readFileSync, statSync } from 'node:fs';
import { Refusal } from '../../shared/refusal.ts';

/** What the lab needs of a checkpoint's config.json. A dense model has no MoE layers. */
export interface Model {
  readonly numMoeLayers: number;
  readonly numExperts: number;
  readonly topK: number;
  readonly maxPositionEmbeddings: number | null;
  /** Multi-head latent attention: every rank has the whole KV cache. */
  readonly isMla: boolean;
}

export function loadModel(folder: string): Model {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Refusal(
      'OSError',
      `Incorrect path_or_model_id: '${folder}'. Please provide either the path to a local folder or the repo_id of a model on the Hub.`,
    );
  }
  const config = readConfig(folder);
  const numExperts = config.n_routed_experts ?? config.num_experts ?? 0;
  const numLayers = config.num_hidden_layers ?? 0;
  return {
    numExperts,
    numMoeLayers: numExperts === 0 ? 0 : numLayers - (config.first_k_dense_replace ?? 0),
    topK: Math.min(config.num_experts_per_tok ?? 0, numExperts),
    maxPositionEmbeddings: config.max_position_embeddings ?? null,
    isMla: config.kv_lora_rank !== undefined || /^deepseek_v[23]/.test(String(config.model_type ?? '')),
  };
}

function readConfig(folder: string): Readonly<Record<string, number | undefined>> {
  let text: string;
  try {
    text = readFileSync(`${folder}/config.json`, 'utf8');
  } catch {
    throw new Refusal(
      'OSError',
      `${folder} does not appear to have a file named config.json. Checkout the folder's files.`,
    );
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal('OSError', `It looks like the config file at '${folder}/config.json' is not a valid JSON file.`);
  }
}
