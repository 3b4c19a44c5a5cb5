import { Refusal } from '../../shared/refusal.ts';
import type { ServeArguments } from './arguments.ts';
import type { Model } from './model.ts';

const DEFAULT_MAX_MODEL_LEN = 4096; // tokens, for a checkpoint that names none

/** Checks what vLLM's config classes check, and gives the longest context served, in tokens. */
export function checkLimits(args: ServeArguments, model: Model): number {
  const derived = model.maxPositionEmbeddings;
  if (args.maxModelLen !== null && derived !== null && args.maxModelLen > derived) {
    throw new Refusal(
      'ValueError',
      `User-specified max_model_len (${args.maxModelLen}) is greater than the derived max_model_len (max_position_embeddings=${derived} in model's config.json).`,
    );
  }
  if (args.maxNumSeqs < 1) throw new Refusal('ValueError', `max_num_seqs (${args.maxNumSeqs}) must be >= 1.`);
  if (args.maxNumBatchedTokens !== null && args.maxNumBatchedTokens < args.maxNumSeqs) {
    throw new Refusal(
      'ValueError',
      `max_num_batched_tokens (${args.maxNumBatchedTokens}) must be greater than or equal to max_num_seqs (${args.maxNumSeqs}).`,
    );
  }
  if (!(args.gpuMemoryUtilization > 0 && args.gpuMemoryUtilization <= 1)) {
    throw new Refusal(
      'ValueError',
      `GPU memory utilization must be less than or equal to 1.0. Got ${args.gpuMemoryUtilization}.`,
    );
  }
  return args.maxModelLen ?? derived ?? DEFAULT_MAX_MODEL_LEN;
}
