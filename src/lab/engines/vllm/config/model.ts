import { readFileSync, statSync } from 'node:fs';
import { Refusal } from '../../shared/refusal.ts';

/** What vLLM's checks need of a checkpoint's config.json. */
export interface Checkpoint {
  readonly numExperts: number;
  readonly numLayers: number;
  readonly numHeads: number;
  readonly numKvHeads: number;
  readonly headSize: number;
  readonly dtype: string;
  readonly maxPositionEmbeddings: number | null;
  /** Multi-head latent attention: every tensor-parallel rank has the whole KV cache. */
  readonly isMla: boolean;
}

type Config = Readonly<Record<string, number | string | undefined>>;

export function readCheckpoint(folder: string): Checkpoint {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Refusal(
      'OSError',
      `Repo id must be in the form 'repo_name' or 'namespace/repo_name': '${folder}'. Use \`repo_type\` argument if needed.`,
    );
  }
  const config = readConfig(folder);
  const numHeads = Number(config.num_attention_heads ?? 1);
  return {
    numExperts: Number(config.n_routed_experts ?? config.num_experts ?? config.num_local_experts ?? 0),
    numLayers: Number(config.num_hidden_layers ?? 1),
    numHeads,
    numKvHeads: Number(config.num_key_value_heads ?? numHeads),
    headSize: Number(config.head_dim ?? Number(config.hidden_size ?? 0) / numHeads),
    dtype: String(config.dtype ?? config.torch_dtype ?? 'bfloat16'),
    maxPositionEmbeddings: config.max_position_embeddings === undefined ? null : Number(config.max_position_embeddings),
    isMla: config.kv_lora_rank !== undefined || /^deepseek_v[23]/.test(String(config.model_type ?? '')),
  };
}

function readConfig(folder: string): Config {
  try {
    return JSON.parse(readFileSync(`${folder}/config.json`, 'utf8'));
  } catch (cause) {
    const isAbsent = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const problem = isAbsent ? 'does not appear to have a file named config.json' : 'has no valid config.json';
    throw new Refusal('OSError', `${folder} ${problem}.`);
  }
}
