import type { JsonObject } from '../../shared/json.ts';
import { UsageError } from '../../shared/refusal.ts';

/** `vllm serve`'s arguments, as far as a deployment sets them; values are typed as vLLM's argparse types them. */
export interface ServeArguments {
  readonly model: string;
  readonly host: string;
  readonly port: number;
  readonly servedModelName: string;
  readonly tensorParallelSize: number;
  readonly maxModelLen: number | null;
  readonly maxNumSeqs: number;
  readonly maxNumBatchedTokens: number | null;
  readonly gpuMemoryUtilization: number;
  readonly kvTransferConfig: JsonObject | null;
  readonly additionalConfig: JsonObject;
  readonly distributedExecutorBackend: string | null;
}

type Kind = 'int' | 'float' | 'text' | 'json' | 'flag';

// argparse takes an underscore for a dash, and --no-X for every flag X
const OPTIONS: Readonly<Record<string, Kind>> = {
  'additional-config': 'json',
  'async-scheduling': 'flag',
  'block-size': 'int',
  'chat-template': 'text',
  'compilation-config': 'json',
  'data-parallel-address': 'text',
  'data-parallel-rpc-port': 'int',
  'data-parallel-size': 'int',
  'data-parallel-size-local': 'int',
  'disable-log-requests': 'flag',
  'disable-log-stats': 'flag',
  'distributed-executor-backend': 'text',
  dtype: 'text',
  'enable-auto-tool-choice': 'flag',
  'enable-chunked-prefill': 'flag',
  'enable-expert-parallel': 'flag',
  'enable-prefix-caching': 'flag',
  'enforce-eager': 'flag',
  'gpu-memory-utilization': 'float',
  'hf-overrides': 'json',
  host: 'text',
  'kv-events-config': 'json',
  'kv-transfer-config': 'json',
  'load-format': 'text',
  'max-model-len': 'int',
  'max-num-batched-tokens': 'int',
  'max-num-seqs': 'int',
  middleware: 'text',
  'pipeline-parallel-size': 'int',
  port: 'int',
  quantization: 'text',
  'reasoning-config': 'json',
  'reasoning-parser': 'text',
  seed: 'int',
  'served-model-name': 'text',
  'speculative-config': 'json',
  'swap-space': 'float',
  'tensor-parallel-size': 'int',
  tokenizer: 'text',
  'tool-call-parser': 'text',
  'tool-parser-plugin': 'text',
  'trust-remote-code': 'flag',
};

export function parseServeArguments(argv: readonly string[]): ServeArguments {
  const { values, model, unrecognized } = split(argv);
  if (model === null) throw usage('the following arguments are required: model_tag');
  if (unrecognized.length > 0) throw usage(`unrecognized arguments: ${unrecognized.join(' ')}`);
  return {
    model,
    host: text(values, 'host') ?? '0.0.0.0',
    port: integer(values, 'port') ?? 8000,
    servedModelName: text(values, 'served-model-name') ?? model,
    tensorParallelSize: integer(values, 'tensor-parallel-size') ?? 1,
    maxModelLen: integer(values, 'max-model-len'),
    maxNumSeqs: integer(values, 'max-num-seqs') ?? 256,
    maxNumBatchedTokens: integer(values, 'max-num-batched-tokens'),
    gpuMemoryUtilization: float(values, 'gpu-memory-utilization') ?? 0.9,
    kvTransferConfig: json(values, 'kv-transfer-config'),
    additionalConfig: json(values, 'additional-config') ?? {},
    distributedExecutorBackend: text(values, 'distributed-executor-backend'),
  };
}

type Values = ReadonlyMap<string, unknown>;

function split(argv: readonly string[]) {
  const values = new Map<string, unknown>();
  const unrecognized: string[] = [];
  let model: string | null = null;
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    if (!word.startsWith('--')) {
      if (model === null) model = word;
      else unrecognized.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    const name = (equals < 0 ? word : word.slice(0, equals)).slice(2).replaceAll('_', '-');
    const kind = OPTIONS[name] ?? (OPTIONS[name.replace(/^no-/, '')] === 'flag' ? 'flag' : undefined);
    if (kind === undefined) unrecognized.push(word);
    else if (kind === 'flag') values.set(name, true);
    else {
      const value = equals < 0 ? argv[++at] : word.slice(equals + 1);
      if (value === undefined) throw usage(`argument --${name}: expected one argument`);
      values.set(name, typed(name, kind, value));
    }
  }
  return { values, model, unrecognized };
}

function typed(name: string, kind: Kind, value: string): unknown {
  if (kind === 'int') {
    if (!/^[+-]?\d+$/.test(value)) throw usage(`argument --${name}: invalid int value: '${value}'`);
    return Number(value);
  }
  if (kind === 'float') {
    if (value.trim() === '' || Number.isNaN(Number(value))) {
      throw usage(`argument --${name}: invalid float value: '${value}'`);
    }
    return Number(value);
  }
  return kind === 'json' ? parseJson(name, value) : value;
}

function parseJson(name: string, value: string): JsonObject {
  try {
    return JSON.parse(value);
  } catch {
    throw usage(`argument --${name}: Value ${value} cannot be converted to <function loads>.`);
  }
}

function text(values: Values, name: string): string | null {
  return (values.get(name) as string | undefined) ?? null;
}

function integer(values: Values, name: string): number | null {
  return (values.get(name) as number | undefined) ?? null;
}

function float(values: Values, name: string): number | null {
  return (values.get(name) as number | undefined) ?? null;
}

function json(values: Values, name: string): JsonObject | null {
  return (values.get(name) as JsonObject | undefined) ?? null;
}

function usage(message: string): UsageError {
  return new UsageError(`usage: vllm serve [model_tag] [options]\nvllm serve: error: ${message}`);
}
