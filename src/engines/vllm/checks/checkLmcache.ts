import type { Fault } from '../../../deployment/fault.ts';
import { suggest } from '../../../deployment/suggest.ts';
import { CONNECTORS, OFFLOAD_CONNECTOR } from '../kv/connectors.ts';
import { usesLmcache } from '../kv/lmcacheFile.ts';
import { LMCACHE_KEYS, LMCACHE_RENAMED_KEYS, LMCACHE_RETIRED_KEY, LMCACHE_TRANSFER_KEY } from '../kv/lmcacheKeys.ts';
import { type InstanceContext, instanceFault, inWords } from './checkContext.ts';

const MEMORY_KEY = 'max_local_cpu_size';

/** LMCache moves no caches behind vllm-router; it keeps those of mixed servers. */
export function* checkLmcache(context: InstanceContext): Generator<Fault> {
  const { own, instance, settings } = context;
  if (instance.role !== 'mixed' && own.kvConnector === OFFLOAD_CONNECTOR) {
    yield instanceFault(context, 'kv_transfer', 'error', 'kv_connector', {
      message:
        "vllm-router can't lead requests through LMCache: prefill must get the ports of its receiver with each request (disagg_spec), and ends at the first one without them.",
      hint: `Use ${CONNECTORS.join(' or ')}. LMCache is for mixed servers.`,
    });
    return;
  }
  if (usesLmcache({ role: instance.role, settings })) yield* configFaults(context);
  else yield* unreadConfig(context);
}

function* unreadConfig(context: InstanceContext): Generator<Fault> {
  const { own, instance } = context;
  if (Object.keys(own.lmcacheConfig).length === 0) return;
  yield instanceFault(context, 'kv_transfer', 'error', 'lmcache_config', {
    message: `Nothing reads lmcache_config: ${inWords(context)} has the connector ${own.kvConnector}.`,
    hint: instance.role === 'mixed' ? `Set kv_connector: ${OFFLOAD_CONNECTOR}, or remove it.` : 'Remove it.',
  });
}

function* configFaults(context: InstanceContext): Generator<Fault> {
  for (const [name, value] of Object.entries(context.own.lmcacheConfig)) {
    const key = `lmcache_config.${name}`;
    const renamed = LMCACHE_RENAMED_KEYS.get(name);
    if (LMCACHE_TRANSFER_KEY.test(name) || LMCACHE_RETIRED_KEY.test(name)) {
      yield instanceFault(context, 'kv_transfer', 'error', key, {
        message: `\`${name}\` is of LMCache's transfer between prefill and decode, and a mixed server has none.`,
        hint: 'Remove it.',
      });
    } else if (renamed !== undefined) {
      const message = `LMCache has no \`${name}\` since 0.3.9.`;
      yield instanceFault(context, 'retired_name', 'error', key, { message, hint: `Use ${renamed}.` });
    } else if (!LMCACHE_KEYS.includes(name)) {
      const meant = suggest(name, LMCACHE_KEYS);
      yield instanceFault(context, 'engine_key', 'warning', key, {
        message: `LMCache has no \`${name}\`, and would drop it.`,
        hint: meant === null ? 'Remove it, or correct its name.' : `Did you mean \`${meant}\`?`,
      });
    } else if (name === MEMORY_KEY && !(Number(value) > 0)) {
      yield instanceFault(context, 'engine_value', 'error', key, {
        message: `${MEMORY_KEY} must be a number of GB above 0, with which LMCache starts; it is \`${JSON.stringify(value)}\`.`,
        hint: 'Remove it: LMCache takes 5 GB for each rank.',
      });
    }
  }
}
