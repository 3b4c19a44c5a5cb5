import type { Json, JsonObject } from '../deployment/deployment.ts';
import { parseLoosely } from '../files/parseJson.ts';
import { AdditionalConfigShape } from './additionalConfig.gen.ts';
import { ownKeys } from './ownKeys.ts';
import { unknownPlacementKey } from './placementKeys.ts';

export type StartedRole = 'prefill' | 'decode';
/** The value of a variable of the playbook's environment, and of the tasks that start a role. */
export type Take = (name: string, role?: StartedRole | null) => string | null;
/** Notes that a part of a command has no place. */
export type Leave = (name: string, value: string, because: string) => void;

const DECODE_GRAPH: JsonObject = { graph_model_compile_config: { level: 1 } };
const GIVEN = new Set([
  '',
  '--enforce-eager',
  '--enable-expert-parallel',
  '--disable-log-requests',
  '--no-enable-prefix-caching',
]);

/** What `vllm serve` gets; ours are given by omniplace itself. */
export function engineArguments(text: string): JsonObject {
  const words = text.trim().split(/\s+/);
  const settings: Record<string, Json> = {};
  const extra: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const [name = '', glued] = words[i]!.split(/=(.*)/s, 2);
    const takes = () => glued ?? words[++i] ?? '';
    if (name === '--max-num-seqs') settings.max_num_seqs = Number(takes());
    else if (name === '--max-num-batched-tokens') settings.max_num_batched_tokens = Number(takes());
    else if (!GIVEN.has(name)) extra.push(words[i]!);
  }
  return { ...settings, ...ownKeys(extra) };
}

/** `--additional-config`, without what omniplace puts there from other keys. */
export function importedConfig(text: string, role: StartedRole, found: { omni: boolean }, leave: Leave): JsonObject {
  const config = parseLoosely(text, AdditionalConfigShape);
  if (config === null) {
    leave('--additional-config', text, 'not JSON');
    return {};
  }
  const { enable_omni_placement: enabled, omni_placement_config: placement, ...others } = config;
  if (enabled !== undefined) found.omni = true;
  const { pattern_path: pattern, ...written } = placement ?? {};
  const rest = knownOf(written, leave);
  if (typeof pattern === 'string' && /^\/(?!workspace\/omniinfer\/)/.test(pattern)) {
    leave(
      'pattern_path',
      pattern,
      'kept as image_pattern_path: mount its folder, or copy it here and set pattern_path',
    );
  }
  if (role === 'decode' && others.graph_model_compile_config === undefined) {
    leave('--additional-config', text, 'without graph_model_compile_config; omniplace gives decode {"level": 1}');
  }
  const own = sameJson(others, role === 'decode' ? DECODE_GRAPH : {}) ? {} : { additional_config: others };
  if (enabled === undefined) return own;
  // OmniPlacement takes a missing key for true
  const image = typeof pattern === 'string' ? { image_pattern_path: pattern } : {};
  const dynamic = enabled === true ? { enable_dynamic: rest.enable_dynamic ?? true } : {};
  return { ...own, placement: { ...rest, ...image, ...dynamic, enabled: enabled === true } };
}

function knownOf(placement: JsonObject, leave: Leave): JsonObject {
  return Object.fromEntries(
    Object.entries(placement).filter(([key, value]) => {
      const because = unknownPlacementKey(key);
      if (because !== null) leave(`omni_placement_config.${key}`, JSON.stringify(value), because);
      return because === null;
    }),
  );
}

function sameJson(a: Json, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
