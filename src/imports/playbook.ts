import type { JsonObject } from '../deployment/deployment.ts';
import { FOLLOWING } from './commandSettings.ts';
import { taskEnvironments } from './containerEnv.ts';
import { containerPrefix } from './containerPrefix.ts';
import type { Take } from './engineArguments.ts';
import { type ForeignDocument, isObject, type Leftover, type Path } from './foreignDocument.ts';
import type { PlacedLiteral } from './layoutArguments.ts';
import { startCommands } from './startCommands.ts';
import { evaluate, isTemplate, TemplateError } from './template.ts';

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
  KV_CONNECTOR: 'no start command of a server is given it',
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
  const ofTasks = plays.flatMap((play) => taskEnvironments(document.peek([play, 'tasks']), [play, 'tasks']));
  const asked = new Set<string>();
  const take: Take = (name, role = null) => {
    asked.add(name);
    const own = ofTasks.filter((each) => each.role === 'both' || role === null || each.role === role);
    const ofTask = own.map(({ path }) => document.peek([...path, name])).findLast(isPlain);
    if (ofTask !== undefined) return String(ofTask);
    const values = environment.map((path) => [[...path, name] as Path, document.peek([...path, name])] as const);
    const [path, written] = values.findLast(([, each]) => each !== undefined) ?? [];
    if (path === undefined || written === null) return null;
    const value = filledIn(written, (key) => document.take([...path.slice(0, 1), 'vars', key]));
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
      ...ofTasks.flatMap(({ path }) => unusedOf(document, path, asked)),
      ...commands.leftovers,
    ],
  };
}

/** Variables of the play that hold commands: of containers, rank tables, code, and what ends processes. */
function isScript([, place, name]: Path): boolean {
  return place === 'vars' && /^docker_|_cmd(_[pdc])?$|_config_(json|yml)$/.test(String(name));
}

/** A template of the play's own variables, filled in; others stay as they are. */
function filledIn(value: unknown, variable: (name: string) => unknown): unknown {
  if (!isTemplate(value)) return value;
  try {
    return evaluate(value, ([name, ...keys]) => (keys.length === 0 ? variable(String(name)) : undefined));
  } catch (error) {
    if (error instanceof TemplateError) return value;
    throw error;
  }
}

function isPlain(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value) && !isTemplate(value);
}

/** Values of a task that no script and no docker command asks for. */
function unusedOf(document: ForeignDocument, path: Path, asked: ReadonlySet<string>): Leftover[] {
  return Object.entries(document.peek(path) as Record<string, unknown>).flatMap(([name, value]) =>
    asked.has(name) || FOLLOWING.has(name) || !isPlain(value)
      ? []
      : [
          {
            file: document.file,
            line: document.lineOf([...path, name]),
            path: `environment.${name} of a task`,
            value: JSON.stringify(value),
            because: 'no docker command passes it to a server',
          },
        ],
  );
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
