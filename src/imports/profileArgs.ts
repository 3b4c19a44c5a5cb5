import type { Json, JsonObject } from '../deployment/deployment.ts';
import { isObject } from './foreignDocument.ts';
import { ownKeys } from './ownKeys.ts';
import { type Profile, switchFault } from './profile.ts';

type Value = string | number | boolean | null;

/** Arguments of the engine that have a key: what each means without and with it. */
const SWITCHES: readonly (readonly [key: string, absent: Value, flags: Readonly<Record<string, Value>>])[] = [
  ['enforce_eager', false, { 'enforce-eager': true }],
  ['enable_expert_parallel', false, { 'enable-expert-parallel': true }],
  ['disable_log_requests', false, { 'disable-log-requests': true }],
  ['enable_prefix_caching', null, { 'enable-prefix-caching': true, 'no-enable-prefix-caching': false }],
];
const NUMBERS: Readonly<Record<string, string>> = {
  'max-num-seqs': 'max_num_seqs',
  'max-num-batched-tokens': 'max_num_batched_tokens',
};
/** Of the deployment file, where it says nothing. */
const DEFAULTS = {
  prefill: {
    enforce_eager: true,
    enable_expert_parallel: true,
    disable_log_requests: true,
    enable_prefix_caching: false,
  },
  decode: {
    enforce_eager: false,
    enable_expert_parallel: true,
    disable_log_requests: true,
    enable_prefix_caching: false,
  },
} as const;

/** Arguments of start_api_servers.py that it hands on to the engine under their names. */
const HANDED_ON = [
  'no-enable-prefix-caching',
  'no-enable-chunked-prefill',
  'reasoning-parser',
  'enable-auto-tool-choice',
  'tool-call-parser',
  'chat-template',
  'tool-parser-plugin',
  'dtype',
  'reasoning-config',
  'load-format',
];
/** Of it, with a key or computed; the connector and the additional configuration are read elsewhere. */
const KNOWN: ReadonlySet<string> = new Set(
  [
    'num-servers num-dp server-offset model-path master-ip max-model-len master-port base-api-port tp pp served-model-name',
    'log-dir enable-mtp num-speculative-tokens kv-transfer-config gpu-util gpu-memory-utilization extra-args',
    'additional-config block-size distributed-executor-backend',
    ...HANDED_ON,
  ].flatMap((line) => line.split(' ')),
);

/** Keys of a role from a profile's arguments. */
export function profileArgs(profile: Profile, role: 'prefill' | 'decode'): JsonObject {
  for (const name of profile.argNames())
    if (!KNOWN.has(name))
      profile.leave(['args', name], 'start_api_servers.py has no such argument that omniplace gives');
  const given: [string, Json][] = [
    ...profile.extraArgs().map(([name, value]): [string, Json] => [name, value]),
    ...HANDED_ON.flatMap((name): [string, Json][] =>
      profile.argNames().includes(name) ? [[name, handedOn(profile, name)]] : [],
    ),
  ];
  const settings: Record<string, Json> = {};
  const extra: string[] = [];
  const backend = profile.arg('distributed-executor-backend');
  if (backend !== null && backend !== 'None') settings.distributed_executor_backend = backend;
  const flags = new Map(given.map(([name, value]) => [name.replaceAll('_', '-'), value]));
  for (const [key, absent, meanings] of SWITCHES) {
    const [flag, other] = Object.keys(meanings).filter((name) => flags.has(name));
    if (other !== undefined) profile.fail(pathOf(profile, other), `${flag} is set too`);
    if (flag !== undefined && flags.get(flag) !== '')
      profile.fail(pathOf(profile, flag), switchFault(flag, flags.get(flag)));
    const value = flag === undefined ? absent : meanings[flag]!;
    if (value !== DEFAULTS[role][key as keyof (typeof DEFAULTS)['prefill']]) settings[key] = value;
  }
  for (const [written, value] of given) {
    const name = written.replaceAll('_', '-');
    if (SWITCHES.some(([, , meanings]) => name in meanings)) continue;
    if (NUMBERS[name] !== undefined) settings[NUMBERS[name]] = profile.number(pathOf(profile, written), String(value));
    else if (name === 'distributed-executor-backend') settings.distributed_executor_backend = value;
    else extra.push(...words(written, value));
  }
  for (const key of Object.values(NUMBERS)) settings[key] ??= null;
  // next to MTP both reach vLLM, and the key would replace MTP
  return { ...settings, ...ownKeys(extra, profile.isSwitchedOn('enable-mtp') ? ['speculative_config'] : []) };
}

function handedOn(profile: Profile, name: string): Json {
  return isObject(profile.given(name)) ? profile.argMap(name) : profile.arg(name);
}

/** Where an argument stands. */
function pathOf(profile: Profile, name: string): readonly string[] {
  return profile.given(name) === undefined ? ['args', 'extra-args', name] : ['args', name];
}

/** `--name value`; omni_cli's script splits values at blanks. */
function words(name: string, value: Json): readonly string[] {
  if (value === '' || value === null) return [`--${name}`];
  if (typeof value === 'object') return [`--${name}`, JSON.stringify(value)];
  const text = String(value);
  return [`--${name}`, ...(/^[{[]/.test(text) ? [text] : text.trim().split(/\s+/))];
}
