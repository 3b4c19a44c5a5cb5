import type { Json, JsonObject } from '../deployment/deployment.ts';
import { isMap } from '../files/maps.ts';

type Kind = 'text' | 'json' | boolean;

/** Arguments of `vllm serve` that one key each sets. */
const KEYS: Readonly<Record<string, readonly [key: string, kind: Kind]>> = {
  '--dtype': ['dtype', 'text'],
  '--load-format': ['load_format', 'text'],
  '--enable-chunked-prefill': ['enable_chunked_prefill', true],
  '--no-enable-chunked-prefill': ['enable_chunked_prefill', false],
  '--speculative-config': ['speculative_config', 'json'],
  '--reasoning-parser': ['reasoning_parser', 'text'],
  '--reasoning-config': ['reasoning_config', 'json'],
  '--enable-auto-tool-choice': ['enable_auto_tool_choice', true],
  '--tool-call-parser': ['tool_call_parser', 'text'],
  '--tool-parser-plugin': ['tool_parser_plugin', 'text'],
  '--chat-template': ['chat_template', 'text'],
  '--kv-events-config': ['kv_events_config', 'json'],
};

/**
 * Arguments as settings with a key of their own, and the rest as `extra_args`.
 * @param left keys that are not used
 */
export function ownKeys(words: readonly string[], left: readonly string[] = []): JsonObject {
  const settings: Record<string, Json> = {};
  const rest: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const [name = '', glued] = words[i]!.split(/=(.*)/s, 2);
    const [key, kind] = KEYS[name.replaceAll('_', '-')] ?? [];
    const next = words[i + 1];
    const value = glued ?? (next?.startsWith('--') ? undefined : next);
    const taken =
      kind === undefined || left.includes(key!) || Object.hasOwn(settings, key!) ? null : settingOf(kind, value);
    if (taken === null) rest.push(words[i]!);
    else {
      settings[key!] = taken;
      if (typeof kind !== 'boolean' && glued === undefined) i += 1;
    }
  }
  return rest.length === 0 ? settings : { ...settings, extra_args: rest };
}

/** null: it can't be the key's. */
function settingOf(kind: Kind, value: string | undefined): Json | null {
  if (typeof kind === 'boolean') return kind;
  if (value === undefined || value === '') return null;
  if (kind === 'text') return value;
  try {
    const json: unknown = JSON.parse(value);
    return isMap(json) && Object.keys(json).length > 0 ? (json as JsonObject) : null;
  } catch {
    return null;
  }
}
