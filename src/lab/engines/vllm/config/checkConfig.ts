import type { JsonObject } from '../../shared/json.ts';
import { logWarning } from '../../shared/log.ts';
import { Refusal } from '../../shared/refusal.ts';
import type { Checkpoint } from './model.ts';
import type { Options } from './options.ts';
import type { Parallel } from './parallel.ts';

const ROLES = ['kv_producer', 'kv_consumer', 'kv_both'];
/** Those that the lab moves a cache with. */
const CONNECTORS = ['NixlConnector', 'NixlPullConnector', 'MooncakeConnector', 'LMCacheConnectorV1'];
const DEFAULT_MAX_MODEL_LEN = 4096; // tokens, for a checkpoint that names none

/** Refuses what vLLM's configuration refuses; gives the longest context served, in tokens. */
export function checkConfig(options: Options, parallel: Parallel, checkpoint: Checkpoint): number {
  checkKvTransfer(options);
  checkExperts(options, parallel, checkpoint);
  if (checkpoint.numHeads % parallel.tensor !== 0) {
    refuse(
      `Total number of attention heads (${checkpoint.numHeads}) must be divisible by tensor parallel size (${parallel.tensor}).`,
    );
  }
  if (parallel.data > 1 && parallel.mode === 'external' && checkpoint.numExperts === 0) {
    refuse(
      'Non-MoE models do not support external data parallel mode. For external load balancing, launch independent vLLM instances without --data-parallel-* arguments.',
    );
  }
  const { maxNumSeqs, maxNumBatchedTokens } = options;
  if (maxNumBatchedTokens !== null && maxNumBatchedTokens < maxNumSeqs) {
    refuse(
      `max_num_batched_tokens (${maxNumBatchedTokens}) must be greater than or equal to max_num_seqs (${maxNumSeqs}).`,
    );
  }
  return contextLength(options, checkpoint);
}

function contextLength({ maxModelLen }: Options, { maxPositionEmbeddings }: Checkpoint): number {
  if (maxModelLen === null || maxModelLen < 0) return maxPositionEmbeddings ?? DEFAULT_MAX_MODEL_LEN;
  if (maxPositionEmbeddings !== null && maxModelLen > maxPositionEmbeddings) {
    refuse(
      `User-specified max_model_len (${maxModelLen}) is greater than the derived max_model_len (max_position_embeddings=${maxPositionEmbeddings} or model_max_length=None in model's config.json).`,
    );
  }
  return maxModelLen;
}

function checkKvTransfer({ kvTransfer }: Options): void {
  if (kvTransfer === null) return;
  const { connector, role } = kvTransfer;
  if (role === '') refuse(`Please specify kv_role when kv_connector is set, supported roles are ${ROLES.join(', ')}`);
  if (!ROLES.includes(role)) refuse(`Unsupported kv_role: ${role}. Supported roles are ${ROLES.join(', ')}`);
  if (!CONNECTORS.includes(connector)) refuse(`Unsupported connector type: ${connector}`);
  if (connector.startsWith('Nixl') && role === 'kv_both') logWarning("kv_role 'kv_both' is deprecated for NIXL");
}

function checkExperts({ given }: Options, { tensor, data }: Parallel, { numExperts }: Checkpoint): void {
  const eplb = (given['eplb-config'] as JsonObject | undefined) ?? {};
  const redundant = Number(eplb.num_redundant_experts ?? 0);
  const isOn = given['enable-eplb'] === true;
  const ranks = tensor * data;
  if (given['enable-expert-parallel'] === true && numExperts === 0) {
    refuse('Number of experts in the model must be greater than 0 when expert parallelism is enabled.');
  }
  if (!isOn && redundant !== 0) {
    refuse(
      `num_redundant_experts is set to ${redundant} but EPLB is not enabled. Either enable EPLB or unset num_redundant_experts.`,
    );
  }
  if (!isOn) return;
  if (given['enable-expert-parallel'] !== true) refuse('enable_expert_parallel must be True to use EPLB.');
  if (ranks <= 1)
    refuse(`EPLB requires tensor, prefill-context, or data parallelism, but got TP=${tensor}, DP=${data}.`);
  if ((numExperts + redundant) % ranks !== 0) {
    throw new Refusal('AssertionError', `${numExperts} + ${redundant} experts are not divisible by ${ranks} ranks`);
  }
  const async = eplb.use_async !== false;
  if (async && ['torch_nccl', 'pynccl'].includes(String(eplb.communicator))) {
    refuse(`Async EPLB does not support the ${eplb.communicator} communicator. Set --eplb-config.use_async=false.`);
  }
}

function refuse(message: string): never {
  throw new Refusal('ValueError', message);
}
