import type { JsonObject } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import { isMap } from '../../../files/maps.ts';
import { type InstanceContext, instanceFault, inWords } from './checkContext.ts';

/** Arguments in which prefill and decode must agree, with what each is where it is absent: NIXL's handshake compares them. */
const SHARED_ARGUMENTS: readonly (readonly [flag: string, absent: string | null])[] = [
  ['--dtype', 'auto'],
  ['--kv-cache-dtype', 'auto'],
  ['--attention-backend', null],
  ['--disable-hybrid-kv-cache-manager', 'false'],
];
/** Nothing compares these, and a cache of other weights is of no use. */
const WARNED_ARGUMENTS = ['--quantization', '--revision', '--hf-overrides'];

/** Connectors whose ranks of decode read from, or get from, ranks of prefill in whole groups. */
const RANKS_MEET = ['NixlConnector', 'MooncakeConnector'];

/** vLLM's, where --block-size is not given and the attention backend takes it. */
const DEFAULT_BLOCK = 16;
/** Backends that take it; others may choose a larger one. */
const DEFAULT_BLOCK_BACKENDS = ['FLASH_ATTN', 'TRITON_ATTN'];

type Compared = readonly [key: string, value: unknown, severity: Fault['severity']];

/** Every decode instance against the first prefill instance, and the other prefill instances too. */
export function* checkPairs(contexts: readonly InstanceContext[]): Generator<Fault> {
  const [first] = contexts.filter(({ instance }) => instance.role === 'prefill');
  if (first === undefined) return;
  const wanted = new Map(comparedIn(first).map(([key, value]) => [key, value]));
  for (const other of contexts) {
    // hosts of one instance are compared with each other elsewhere
    if (other.instance === first.instance || other.instance.role === 'mixed') continue;
    yield* mismatches(first, wanted, other);
  }
  for (const decode of contexts.filter(({ instance }) => instance.role === 'decode')) {
    for (const prefill of contexts.filter(({ instance }) => instance.role === 'prefill'))
      yield* sizeFaults(prefill, decode);
  }
  yield* equalEngineIds(contexts);
}

function* mismatches(
  first: InstanceContext,
  wanted: ReadonlyMap<string, unknown>,
  other: InstanceContext,
): Generator<Fault> {
  for (const [key, value, severity] of comparedIn(other)) {
    if (same(value, wanted.get(key))) continue;
    const words = (written: unknown) => (written === undefined ? 'none' : JSON.stringify(written));
    yield instanceFault(other, 'pair_mismatch', severity, [key.startsWith('--') ? 'extra_args' : key, 'hosts'], {
      message: `${inWords(other)} has another \`${key}\` than ${inWords(first)}: ${words(value)} and ${words(wanted.get(key))}.`,
      hint: 'Set it alike for both, such as in deployment.defaults.',
    });
  }
}

function comparedIn({ own, values }: InstanceContext): readonly Compared[] {
  const extra = own.kvTransferConfig.kv_connector_extra_config as Readonly<Record<string, unknown>> | undefined;
  // other connectors compare nothing when they meet
  const handshake = own.kvConnector === 'NixlConnector' ? 'error' : 'warning';
  return [
    ['kv_connector', own.kvConnector, 'error'],
    ['speculative_config', drafting(own.speculativeConfig), handshake],
    [
      'kv_transfer_config.kv_connector_extra_config.enable_cross_layers_blocks',
      extra?.enable_cross_layers_blocks,
      handshake,
    ],
    ...SHARED_ARGUMENTS.map(([flag, absent]): Compared => {
      const value = values.get(flag);
      return [flag, value === absent ? undefined : value, handshake];
    }),
    ['--attention-config', attentionConfig(values), handshake],
    ...WARNED_ARGUMENTS.map((flag): Compared => [flag, values.get(flag), 'warning']),
  ];
}

/** How many tokens are drafted may differ: the layers of the draft are what has a cache. */
function drafting({ method, model }: JsonObject): JsonObject | undefined {
  if (method === undefined && model === undefined) return undefined;
  return { ...(method === undefined ? {} : { method }), ...(model === undefined ? {} : { model }) };
}

/** As JSON or key by key, in one order; what is not JSON stays as it is written. */
function attentionConfig(values: ReadonlyMap<string, string>): unknown {
  const flag = '--attention-config';
  const keys = [...values].flatMap(([name, value]): [string, unknown][] =>
    name.startsWith(`${flag}.`) ? [[name.slice(flag.length + 1), jsonOrText(value)]] : [],
  );
  const whole = jsonOrText(values.get(flag) ?? '{}');
  if (!isMap(whole)) return whole;
  const entries = [...Object.entries(whole), ...keys].sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function* sizeFaults(prefill: InstanceContext, decode: InstanceContext): Generator<Fault> {
  const [p, d] = [tensorOf(prefill), tensorOf(decode)];
  if (RANKS_MEET.includes(decode.own.kvConnector) && Math.max(p, d) % Math.min(p, d) !== 0) {
    yield instanceFault(decode, 'pair_mismatch', 'error', ['tensor_parallel_size', 'hosts'], {
      message: `Tensor parallel sizes ${p} of ${inWords(prefill)} and ${d} of ${inWords(decode)}: neither is a multiple of the other.`,
      hint: 'Each part of the cache goes to whole ranks: choose sizes that divide each other.',
    });
  } else if (p > d && decode.own.kvConnector === 'NixlConnector') {
    yield instanceFault(decode, 'pair_mismatch', 'warning', ['tensor_parallel_size', 'hosts'], {
      message: `${inWords(prefill)} has tensor parallel size ${p}, more than the ${d} of ${inWords(decode)}.`,
      hint: 'That works for models with multi-head latent attention, such as DeepSeek; with others decode refuses the cache where heads are copied.',
    });
  }
  yield* blockFaults(prefill, decode);
}

/** A rank would be taken for another one. */
function* equalEngineIds(contexts: readonly InstanceContext[]): Generator<Fault> {
  const seen = new Map<unknown, InstanceContext>();
  for (const context of contexts) {
    const id = context.own.kvTransferConfig.engine_id;
    if (id === undefined) continue;
    const other = seen.get(id);
    if (other === undefined) seen.set(id, context);
    else if (other.instance !== context.instance)
      yield instanceFault(context, 'kv_transfer', 'error', 'kv_transfer_config.engine_id', {
        message: `${inWords(context)} and ${inWords(other)} have one engine_id.`,
        hint: 'Remove it: each server makes an id of its own.',
      });
  }
}

function* blockFaults(prefill: InstanceContext, decode: InstanceContext): Generator<Fault> {
  const [p, d] = [blockSize(prefill), blockSize(decode)];
  if (d.tokens % p.tokens === 0) return;
  const isSure = p.isSure && d.isSure;
  const ofDecode = d.isGiven
    ? `--block-size ${d.tokens}`
    : `no --block-size, so that its blocks have ${d.tokens} tokens`;
  const ofPrefill = p.isGiven ? `${p.tokens}` : `${p.tokens}, the default,`;
  yield instanceFault(decode, 'pair_mismatch', isSure ? 'error' : 'warning', ['extra_args', 'hosts'], {
    message: `${inWords(decode)} has ${ofDecode}${isSure ? '' : ' unless an attention backend chooses others'}, which is not a multiple of the ${ofPrefill} of ${inWords(prefill)}.`,
    hint: 'A block of decode holds whole ones of prefill: set the same for both.',
  });
}

function tensorOf({ instance, topology }: InstanceContext): number {
  const node = topology.nodes.find(({ name }) => name === instance.master);
  return node === undefined || node.role === 'proxy' ? 1 : node.tensorParallelSize;
}

function blockSize({ values }: InstanceContext) {
  const given = values.get('--block-size');
  if (given !== undefined) return { tokens: Number(given), isGiven: true, isSure: true };
  const isSure = DEFAULT_BLOCK_BACKENDS.includes(values.get('--attention-backend') ?? '');
  return { tokens: DEFAULT_BLOCK, isGiven: false, isSure };
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
