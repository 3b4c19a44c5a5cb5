import type { JsonObject } from '../../shared/json.ts';

/** Arguments as argv.py accepted them: names without dashes, what was not given is absent. */
export type Given = Readonly<Record<string, unknown>>;

/** Arguments of `vllm serve` that the lab acts on, with vLLM's defaults. */
export interface Options {
  readonly version: string;
  readonly model: string;
  readonly servedModelName: string;
  readonly host: string;
  readonly port: number;
  readonly apiKeys: readonly string[];
  readonly headless: boolean;
  readonly apiServerCount: number | null;
  readonly maxModelLen: number | null;
  readonly maxNumSeqs: number;
  readonly maxNumBatchedTokens: number | null;
  readonly blockSize: number;
  readonly prefixCaching: boolean;
  readonly shutdownTimeoutS: number;
  readonly kvTransfer: KvTransfer | null;
  readonly given: Given;
}

/** `--kv-transfer-config`. */
export interface KvTransfer {
  readonly connector: string;
  readonly role: string;
  readonly engineId: string | null;
  readonly onLoadFailure: 'fail' | 'recompute';
  readonly extra: JsonObject;
}

const DEFAULT_MODEL = 'Qwen/Qwen3-0.6B';
const DEFAULT_SEQS = 256;
const DEFAULT_BLOCK = 16; // tokens

export function readOptions(given: Given, env: NodeJS.ProcessEnv): Options {
  const model =
    givenText(given, 'model_tag') ?? givenText(given, 'model-tag') ?? givenText(given, 'model') ?? DEFAULT_MODEL;
  const names = given['served-model-name'] as readonly string[] | undefined;
  const keys = (given['api-key'] as readonly string[] | undefined) ?? [];
  const kv = given['kv-transfer-config'] as JsonObject | undefined;
  return {
    version: String(given.version),
    model,
    servedModelName: names?.[0] ?? model,
    host: givenText(given, 'host') ?? '0.0.0.0',
    port: givenNumber(given, 'port') ?? 8000,
    apiKeys: keys.length === 0 && env.VLLM_API_KEY ? [env.VLLM_API_KEY] : keys,
    headless: given.headless === true,
    apiServerCount: givenNumber(given, 'api-server-count'),
    maxModelLen: givenNumber(given, 'max-model-len'),
    maxNumSeqs: givenNumber(given, 'max-num-seqs') ?? DEFAULT_SEQS,
    maxNumBatchedTokens: givenNumber(given, 'max-num-batched-tokens'),
    blockSize: givenNumber(given, 'block-size') ?? DEFAULT_BLOCK,
    prefixCaching: given['enable-prefix-caching'] !== false,
    shutdownTimeoutS: givenNumber(given, 'shutdown-timeout') ?? 0,
    kvTransfer: kv === undefined ? null : readKvTransfer(kv),
    given,
  };
}

function readKvTransfer(kv: JsonObject): KvTransfer {
  return {
    connector: String(kv.kv_connector ?? ''),
    role: String(kv.kv_role ?? ''),
    engineId: typeof kv.engine_id === 'string' ? kv.engine_id : null,
    onLoadFailure: kv.kv_load_failure_policy === 'recompute' ? 'recompute' : 'fail',
    extra: (kv.kv_connector_extra_config as JsonObject | undefined) ?? {},
  };
}

export function givenText(given: Given, name: string): string | null {
  const value = given[name];
  return typeof value === 'string' ? value : null;
}

export function givenNumber(given: Given, name: string): number | null {
  const value = given[name];
  return typeof value === 'number' ? value : null;
}
