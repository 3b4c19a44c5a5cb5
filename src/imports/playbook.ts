import type { JsonObject } from '../deployment/deployment.ts';
import { containerPrefix } from './containerPrefix.ts';
import { type ForeignDocument, isObject, type Leftover, type Path } from './foreignDocument.ts';
import type { PlacedLiteral } from './layoutArguments.ts';
import { startCommands } from './startCommands.ts';
import { isTemplate } from './template.ts';

/** How the play runs: a plan does not need it. */
const OF_THE_PLAY = [
  'name',
  'hosts',
  'any_errors_fatal',
  'max_fail_percentage',
  'gather_facts',
  'tasks',
  'become',
  'strategy',
];

/** Values that are what a server gets here too. */
const SAME: Readonly<Record<string, string>> = {
  KV_CONNECTOR: 'AscendHcclConnectorV1',
  USE_OMNI_PROXY: '0',
  DECODE_TENSOR_PARALLEL_SIZE: '1',
};

const NO_PLACE: Readonly<Record<string, string>> = {
  LOG_PATH_IN_EXECUTOR: 'logs stay on the hosts until they are asked for, and then the command says where to put them',
  SCRIPTS_PATH: 'scripts lie in services.state_path',
  ranktable_save_path: 'rank tables lie in services.state_path',
  KV_CONNECTOR: 'omniplace runs AscendHcclConnectorV1 only',
  PD_RUN_CORE_AFFINITY_CMD: 'omniplace pins no processors',
  CPU_AFFINITY_COMF: 'omniplace pins no processors',
  CPU_AFFINITY_CONF: 'omniplace pins no processors',
  DOCKER_NAME_P:
    "the three names have no prefix in common that ends before _prefill, _decode and _proxy; services.container.name_prefix is the whole cluster's",
  DOCKER_NAME_D: 'as DOCKER_NAME_P',
  DOCKER_NAME_C: 'as DOCKER_NAME_P',
  proc_bind_enabled: 'omniplace pins no processors',
};

const DONE_ANYWAY = 'omniplace does this by itself; edits of it are not imported';
/** Characters of a value that has no place. */
const MOST_SHOWN = 120;

/** What a playbook of OmniInfer's template sets for the whole cluster. */
export interface PlaybookSettings {
  /** Keys of `services`, as the deployment file writes them. */
  readonly services: JsonObject;
  /** Keys of `deployment.proxy`. */
  readonly proxy: JsonObject;
  readonly comments: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
  readonly leftovers: readonly Leftover[];
  /** Arguments of the start commands that the inventory decides. */
  readonly literals: readonly PlacedLiteral[];
}

export function isPlaybook(root: unknown): boolean {
  return Array.isArray(root) && root.some((play) => isObject(play) && ('tasks' in play || 'environment' in play));
}

/** The `environment:` of its plays, and what its start commands give to the servers. */
export function readPlaybook(document: ForeignDocument): PlaybookSettings {
  const plays = (document.root as readonly unknown[]).map((_, index) => index);
  const environment = plays.flatMap((play) => mapsAt(document, [play, 'environment']));
  const take = (name: string): string | null => {
    const values = environment.map((path) => [[...path, name] as Path, document.peek([...path, name])] as const);
    const [path, value] = values.findLast(([, each]) => each !== undefined) ?? [];
    if (path === undefined || value === null) return null;
    if (isTemplate(value)) {
      document.leave(path, 'a template that the import can not fill in');
      return null;
    }
    for (const [each] of values) document.take(each);
    return String(value);
  };
  const commands = startCommands(document, plays, take);
  const prefix = containerPrefix({
    prefill: document.peek([...(environment.at(-1) ?? ['']), 'DOCKER_NAME_P']),
    decode: document.peek([...(environment.at(-1) ?? ['']), 'DOCKER_NAME_D']),
    proxy: document.peek([...(environment.at(-1) ?? ['']), 'DOCKER_NAME_C']),
  });
  if (prefix !== null) for (const role of ['P', 'D', 'C']) take(`DOCKER_NAME_${role}`);
  const said = (key: string, name: string) => {
    const value = take(name);
    return value === null || value === '' ? {} : { [key]: value };
  };
  for (const [name, same] of Object.entries(SAME)) {
    const value = environment.map((path) => document.peek([...path, name])).findLast((each) => each !== undefined);
    if (value !== undefined && String(value) === same) take(name);
  }
  const services: JsonObject = {
    generation: commands.generation,
    ...said('docker_image', 'DOCKER_IMAGE_ID'),
    ...said('model_path', 'MODEL_PATH'),
    ...said('code_path', 'CODE_PATH'),
    ...said('log_path', 'LOG_PATH'),
    ...said('http_proxy', 'HTTP_PROXY'),
    ...commands.services,
    ...(prefix === null ? {} : { container: { name_prefix: prefix } }),
    prefill: { ...said('max_model_len', 'MODEL_LEN_MAX_PREFILL'), ...commands.prefill },
    decode: { ...said('max_model_len', 'MODEL_LEN_MAX_DECODE'), ...commands.decode },
  };
  const proxy: JsonObject = {
    ...said('prefill_lb_sdk', 'PREFILL_LB_SDK'),
    ...said('decode_lb_sdk', 'DECODE_LB_SDK'),
    ...said('core_num', 'GLOBAL_PROXY_CORE_NUM'),
    ...said('start_core_index', 'GLOBAL_PROXY_START_CORE_INDEX'),
    ...commands.proxy,
  };
  for (const play of plays) for (const key of OF_THE_PLAY) document.take([play, key]);
  return {
    services,
    proxy,
    comments: {},
    notes: [],
    literals: commands.literals,
    leftovers: [
      ...document
        .leftovers(
          (name, path) => NO_PLACE[name] ?? (isScript(path) ? DONE_ANYWAY : 'no server gets it from the playbook'),
        )
        .map(shortened),
      ...commands.leftovers,
    ],
  };
}

/** Variables of the play that hold commands: of containers, rank tables, code, and what ends processes. */
function isScript([, place, name]: Path): boolean {
  return place === 'vars' && /^docker_|_cmd(_[pdc])?$|_config_(json|yml)$/.test(String(name));
}

/** Whole scripts are found by their line. */
function shortened(leftover: Leftover): Leftover {
  const { value } = leftover;
  return value === null || value.length <= MOST_SHOWN
    ? leftover
    : { ...leftover, value: `${value.slice(0, MOST_SHOWN)}..` };
}

/** `environment` is a map, or a list of maps. */
function mapsAt(document: ForeignDocument, path: Path): Path[] {
  const value = document.peek(path);
  if (Array.isArray(value)) return value.flatMap((each, i) => (isObject(each) ? [[...path, i]] : []));
  return isObject(value) ? [path] : [];
}
