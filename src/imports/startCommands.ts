import type { Json, JsonObject } from '../deployment/deployment.ts';
import { parseLoosely } from '../files/parseJson.ts';
import { AdditionalConfigShape } from './additionalConfig.gen.ts';
import { type ForeignDocument, isObject, type Leftover, type Path } from './foreignDocument.ts';

const GIVEN = new Set([
  '',
  '--enforce-eager',
  '--enable-expert-parallel',
  '--disable-log-requests',
  '--no-enable-prefix-caching',
]);

const DECODE_GRAPH: JsonObject = { graph_model_compile_config: { level: 1 } };

/** pd_run.sh exports these from its arguments; omniplace's own values beside them. */
const ENV: Readonly<Record<string, Readonly<Record<Role, readonly [variable: string, ours: string]>>>> = {
  '--hccl-buffsize': { prefill: ['HCCL_BUFFSIZE', '500'], decode: ['HCCL_BUFFSIZE', '1000'] },
  '--hccl-op-expansion-mode': { prefill: ['HCCL_OP_EXPANSION_MODE', 'AIV'], decode: ['HCCL_OP_EXPANSION_MODE', 'AIV'] },
  '--vllm-enable-mc2': { prefill: ['VLLM_ENABLE_MC2', '1'], decode: ['VLLM_ENABLE_MC2', '1'] },
};

/** Arguments that follow from hosts, dies and ports, or from the environment. */
const COMPUTED = new Set(
  [
    'global-rank-table-path rank-table-path local-decode-server-ip-list global-decode-server-ip-list prefill-pod-num decode-pod-num',
    'gloo-socket-ifname tp-socket-ifname num-servers num-dp server-offset model-path master-ip master-port base-api-port role',
    'kv-role max-model-len tp ascend-rt-visible-devices kv-rank kv-engine-id kv-parallel-size model-extra-cfg-path log-dir',
  ].flatMap((line) => line.split(' ').map((name) => `--${name}`)),
);

export interface StartCommands {
  /** v0.6: the servers get their placement by --additional-config. */
  readonly generation: 'v0.3' | 'v0.6';
  readonly services: JsonObject;
  readonly prefill: JsonObject;
  readonly decode: JsonObject;
  readonly leftovers: readonly Leftover[];
}

type Role = 'prefill' | 'decode';
type Take = (name: string) => string | null;

/**
 * What a playbook's own start commands (pd_run.sh with its arguments) give to the servers: users edit these by hand. Words that
 * are filled in while the playbook runs come from the environment, and are read there.
 */
export function startCommands(document: ForeignDocument, plays: readonly number[], take: Take): StartCommands {
  const texts = plays.flatMap((play) => textsBelow(document.peek([play]), [play]));
  const found: Record<Role, Found> = { prefill: empty(), decode: empty() };
  const leftovers: Leftover[] = [];
  for (const { path, text } of texts) {
    if (!/pd_run\.sh/.test(text)) continue;
    const role = /--role\s+(prefill|decode)\b/.exec(text)?.[1] as Role | undefined;
    if (role === undefined) continue;
    const leave = (name: string, value: string, because: string) =>
      leftovers.push({
        file: document.file,
        line: document.lineOf(path),
        path: `pd_run.sh of ${role} ${name}`,
        value,
        because,
      });
    readCommand(text, role, found[role], leave, take);
  }
  const generation =
    [found.prefill, found.decode].some(({ omni }) => omni) || take('USE_OMNI_PROXY') !== null ? 'v0.6' : 'v0.3';
  const name = found.decode.servedModelName ?? found.prefill.servedModelName;
  return {
    generation,
    services: name === null || name === 'deepseek' ? {} : { served_model_name: name },
    prefill: found.prefill.settings,
    decode: found.decode.settings,
    leftovers,
  };
}

interface Found {
  settings: JsonObject;
  servedModelName: string | null;
  omni: boolean;
}

function empty(): Found {
  return { settings: {}, servedModelName: null, omni: false };
}

function textsBelow(value: unknown, path: Path): { readonly path: Path; readonly text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    textsBelow(child, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

function readCommand(
  text: string,
  role: Role,
  found: Found,
  leave: (name: string, value: string, because: string) => void,
  take: Take,
): void {
  const settings: Record<string, Json> = {};
  const env: Record<string, Json> = {};
  for (const [name, written] of argumentsOf(text)) {
    const value = filledIn(written, text, take);
    if (value === null || value === '') continue;
    if (name === '--gpu-util') settings.gpu_util = Number(value);
    else if (name === '--extra-args') Object.assign(settings, engineArguments(value));
    else if (name === '--served-model-name') found.servedModelName = value;
    else if (name === '--additional-config') Object.assign(settings, importedConfig(value, role, found, leave));
    else if (name in ENV) {
      const [variable, ours] = ENV[name]![role];
      if (value !== ours) env[variable] = value;
    } else if (!COMPUTED.has(name) && /^-/.test(name)) leave(name, value, 'omniplace gives no such argument');
  }
  found.settings = { ...settings, ...(Object.keys(env).length === 0 ? {} : { env }) };
}

/** `--name value` pairs after pd_run.sh, over continued lines; a value may be quoted. */
function argumentsOf(text: string): [string, string][] {
  const joined = text.slice(text.indexOf('pd_run.sh')).replaceAll(/\\\n/g, ' ').split('\n')[0]!;
  return [...joined.matchAll(/\s(--[\w-]+)[\s=]+(?:\\?"((?:[^"\\]|\\.)*?)\\?"(?=\s|$)|'([^']*)'|((?!--)\S+))?/g)].map(
    ([, name = '', double, single, plain]) => [name, double?.replaceAll(/\\(["\\])/g, '$1') ?? single ?? plain ?? ''],
  );
}

/** A word as it stands, or what `export NAME=` of the same script or the environment says; null: known only when it runs. */
function filledIn(written: string, text: string, take: Take): string | null {
  const variable = /^\\?\$\{?(\w+)\}?$/.exec(written)?.[1];
  if (variable === undefined) return /\$|\{\{/.test(written) ? null : written;
  const exported = new RegExp(`(?:^|\\n)\\s*(?:export\\s+)?${variable}=["']?([^"'\\n$]*)["']?\\s*(?:\\n|$)`).exec(
    text,
  )?.[1];
  return exported ?? take(variable);
}

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
  return extra.length === 0 ? settings : { ...settings, extra_args: extra };
}

/** `--additional-config`, without what omniplace puts there from other keys. */
export function importedConfig(
  text: string,
  role: Role,
  found: { omni: boolean },
  leave: (name: string, value: string, because: string) => void,
): JsonObject {
  const config = parseLoosely(text, AdditionalConfigShape);
  if (config === null) {
    leave('--additional-config', text, 'not JSON');
    return {};
  }
  const { enable_omni_placement: enabled, omni_placement_config: placement, ...others } = config;
  if (enabled !== undefined) found.omni = true;
  const { pattern_path: pattern, ...rest } = placement ?? {};
  if (typeof pattern === 'string' && pattern !== '') {
    leave(
      'pattern_path',
      pattern,
      `a path in the container: copy the file here and name it in services.${role}.placement.pattern_path`,
    );
  }
  if (role === 'decode' && others.graph_model_compile_config === undefined) {
    leave('--additional-config', text, 'without graph_model_compile_config; omniplace gives decode {"level": 1}');
  }
  const own = sameJson(others, role === 'decode' ? DECODE_GRAPH : {}) ? {} : { additional_config: others };
  return { ...own, ...(enabled === undefined ? {} : { placement: { ...rest, enabled: enabled === true } }) };
}

function sameJson(a: Json, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
