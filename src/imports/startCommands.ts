import type { JsonObject } from '../deployment/deployment.ts';
import { type CommandSettings, commandSettings } from './commandSettings.ts';
import { type ContainerVariable, containerEnv } from './containerEnv.ts';
import type { Leave, StartedRole, Take } from './engineArguments.ts';
import { type ForeignDocument, isObject, type Leftover, type Path } from './foreignDocument.ts';
import type { PlacedLiteral } from './layoutArguments.ts';
import { lostStatements } from './lostStatements.ts';
import { proxyCommand } from './proxyCommand.ts';
import { refuseConnector, refuseElastic, refuseOthers } from './refusedPlaybooks.ts';
import { UNKNOWN } from './shellExpansion.ts';
import { followScript, type ScriptCommand } from './startScript.ts';

const SERVER = /(?:^|\/)(pd_run\.sh|start_api_servers\.py)$/;
/** They name a script, and don't start it. */
const NO_START = /^(echo|printf|cat|cp|mv|rm|ls|sed|grep|chmod|ps|pgrep|pkill)$/;
const PROXY = /(?:^|\/)((?:global|omni)_proxy\.sh)$/;

export interface StartCommands {
  /** v0.6: the servers get their placement by --additional-config; null: they show neither. */
  readonly generation: 'v0.3' | 'v0.6' | null;
  readonly services: JsonObject;
  readonly prefill: JsonObject;
  readonly decode: JsonObject;
  readonly proxy: JsonObject;
  readonly leftovers: readonly Leftover[];
  readonly literals: readonly PlacedLiteral[];
}

interface Started {
  readonly path: Path;
  readonly command: ScriptCommand;
  readonly script: string;
  readonly at: number;
}

/**
 * What a playbook's own start scripts give to the servers and the proxy: users edit these by hand. They are run as far as they
 * compute words, with the playbook's environment.
 * @throws ForeignFileError when they start something else than OmniInfer's servers with vLLM
 */
export function startCommands(document: ForeignDocument, plays: readonly number[], take: Take): StartCommands {
  const texts = plays.flatMap((play) => textsBelow(document.peek([play]), [play]));
  refuseOthers(document, texts);
  const leftovers: Leftover[] = [];
  const leftover = (path: Path, whose: string, name: string, value: string): Leftover => ({
    file: document.file,
    line: lineIn(document, path, name, value),
    path: `${whose} ${name}`,
    value: value.replaceAll(/\s+/g, ' '),
    because: '',
  });
  const leaver =
    (path: Path, whose: string): Leave =>
    (name, value, because) =>
      leftovers.push({ ...leftover(path, whose, name, value), because });
  const literals: PlacedLiteral[] = [];
  const vars = Object.assign({}, ...plays.map((play) => document.peek([play, 'vars']) ?? {})) as Record<
    string,
    unknown
  >;
  const starts = texts.flatMap(({ path, text }) => startsIn({ path, text: withVars(text, vars), texts }, take, leaver));
  // what they compute is read, and what of it has no place is noted
  for (const { path } of starts) document.take(path);
  const found: Partial<Record<StartedRole, CommandSettings>> = {};
  let proxy: JsonObject = {};
  for (const { path, command, script, at } of starts) {
    const args = command.words.slice(at + 1);
    const role = PROXY.test(script) ? null : roleOf(args, command.exported);
    if (role === null) {
      if (!PROXY.test(script))
        leaver(path, script)('--role', '..', 'its role is not known, so nothing of it is imported');
      continue;
    }
    const whose = `${script} of ${role}`;
    const first = found[role];
    if (first !== undefined) {
      const other = commandSettings(script, role, { ...command, args }, () => {});
      for (const [key, value] of differences(first.settings, other.settings))
        leaver(path, `further ${whose}`)(key, value, "the role's first start command is imported");
      continue;
    }
    const settings = commandSettings(script, role, { ...command, args }, leaver(path, whose));
    refuseConnector(document, texts, { path, connector: settings.connector });
    found[role] = settings;
    for (const { name, value } of settings.literals)
      literals.push({ role, name, value, leftover: leftover(path, whose, name, value) });
  }
  refuseElastic(document, texts);
  const servers = {
    modelPath: take('MODEL_PATH'),
    prefillLimit: Number(found.prefill?.settings.max_num_seqs ?? 16),
    decodeLimit: Number(found.decode?.settings.max_num_seqs ?? 32),
  };
  for (const { path, command, script, at } of starts.filter((start) => PROXY.test(start.script)))
    proxy = proxyCommand(script, command.words.slice(at + 1), servers, leaver(path, script));
  const roles = [found.prefill, found.decode];
  const name = found.decode?.servedModelName ?? found.prefill?.servedModelName ?? null;
  const model = take('MODEL_PATH') ?? sharedModel(found);
  const isDirect = roles.some((one) => one?.launcher === 'api_servers');
  return {
    generation: roles.some((one) => one?.placed && !roles.some((each) => each?.isNewer))
      ? 'v0.6'
      : roles.some((one) => one?.hasExtraConfig)
        ? 'v0.3'
        : null,
    services: {
      ...(model === null ? {} : { model_path: model }),
      ...(name === null || name === 'deepseek' ? {} : { served_model_name: name }),
      ...(isDirect ? { launcher: 'api_servers' } : {}),
    },
    prefill: withoutModel(found.prefill?.settings ?? {}, model),
    decode: withoutModel(found.decode?.settings ?? {}, model),
    proxy,
    leftovers,
    literals,
  };
}

/** What a further start command of a role has otherwise, as JSON. */
function differences(first: JsonObject, other: JsonObject): (readonly [key: string, value: string])[] {
  const keys = [...new Set([...Object.keys(first), ...Object.keys(other)])];
  return keys.flatMap((key) => {
    const [before, value] = [first[key], other[key]].map((each) => JSON.stringify(each ?? null));
    return before === value ? [] : [[key, value!] as const];
  });
}

/** Where the environment has none, and both roles the same. */
function sharedModel({ prefill, decode }: Partial<Record<StartedRole, CommandSettings>>): string | null {
  const path = decode?.settings.model_path;
  return typeof path === 'string' && path === prefill?.settings.model_path ? path : null;
}

function withoutModel(settings: JsonObject, model: string | null): JsonObject {
  const { model_path: own, ...others } = settings;
  return own === undefined || own === model ? others : settings;
}

interface StartScript {
  readonly path: Path;
  readonly text: string;
  /** All of the playbook. */
  readonly texts: readonly { readonly path: Path; readonly text: string }[];
}

/** `{{ name }}` of the play's own plain variables. */
function withVars(text: string, vars: Readonly<Record<string, unknown>>): string {
  return text.replaceAll(/\{\{\s*([A-Za-z_]\w*)\s*\}\}/g, (whole, name: string) => {
    const value = vars[name];
    const isPlain = typeof value === 'number' || (typeof value === 'string' && !/[\n{]/.test(value));
    return isPlain ? String(value) : whole;
  });
}

function startsIn(
  { path, text, texts }: StartScript,
  take: Take,
  leaver: (path: Path, whose: string) => Leave,
): Started[] {
  if (!/pd_run\.sh|start_api_servers\.py|_proxy\.sh/.test(text)) return [];
  const role = (/--role[\s=]+["']?(prefill|decode)\b/.exec(text)?.[1] ?? null) as StartedRole | null;
  const names = new Set(Array.from(text.matchAll(/\$\{?([A-Za-z_]\w*)/g), ([, name]) => name!));
  const taken = [...names].map((name) => [name, take(name, role)] as const).filter(([, value]) => value !== null);
  const ofContainer = containerEnv(texts, role, (name) => take(name, role));
  const values = [...taken, ...ofContainer.filter(({ isPassedOn }) => !isPassedOn).map(entryOf)];
  const inherited = Object.fromEntries(
    ofContainer.filter(({ name, isPassedOn }) => !isPassedOn || !names.has(name)).map(entryOf),
  );
  const run = followScript(text, Object.fromEntries(values) as Record<string, string>, ofLayout);
  const { commands } = run;
  for (const test of run.undecided)
    leaver(path, 'start script')('if', test, 'known only when it runs, so neither branch is read');
  for (const { name, statement, because } of lostStatements(run))
    leaver(path, 'start script')(name, statement, because);
  const starts = commands.flatMap((command) => {
    const at = scriptAt(command);
    if (at < 0 || NO_START.test(command.words[0]!)) return [];
    const script = /[^/]*$/.exec(command.words[at]!)![0];
    const before = command.words.slice(0, at).filter((word) => !/^(bash|sh|python3?|nohup|exec)$/.test(word));
    if (before.length > 0)
      leaver(path, script)('before it', before.join(' ').replaceAll(UNKNOWN, '..'), 'it is started without');
    const isServer = SERVER.test(script);
    const exported = isServer ? { ...inherited, ...command.exported } : command.exported;
    return [{ path, command: { ...command, exported }, script, at }];
  });
  const called = /(?:bash|sh|python3?)\s+\S*(pd_run\.sh|start_api_servers\.py)/.exec(text)?.[1];
  if (called !== undefined && !starts.some(({ script }) => script === called))
    leaver(path, 'start script')(called, '..', 'its call is in a part that is not read: nothing of it is imported');
  return starts;
}

function entryOf({ name, value }: ContainerVariable): readonly [string, string] {
  return [name, value];
}

function scriptAt({ words }: ScriptCommand): number {
  return words.findIndex((word) => SERVER.test(word) || PROXY.test(word));
}

/** Several hosts of an instance, and several decode instances, follow from the inventory. */
function ofLayout(test: string): boolean | undefined {
  return /NODE_IP_LIST|DECODE_POD_NUM|NNODES|NODE_RANK/.test(test) ? false : undefined;
}

function roleOf(args: readonly string[], exported: Readonly<Record<string, string>>): StartedRole | null {
  const word = args[args.indexOf('--role') + 1];
  const role = args.includes('--role') ? word : (exported.ROLE ?? /kv_(producer|consumer)/.exec(args.join(' '))?.[1]);
  if (role === 'prefill' || role === 'producer') return 'prefill';
  return role === 'decode' || role === 'consumer' ? 'decode' : null;
}

/** The line of a script's text that holds a statement, or a word; else that of its key. */
function lineIn(document: ForeignDocument, path: Path, name: string, value: string): number | null {
  const line = document.lineOf(path);
  const text = document.peek(path);
  if (line === null || typeof text !== 'string' || !text.includes('\n')) return line;
  const lines = text.split('\n');
  const [start = ''] = value.split(/\s{2,}|\n/);
  const whole = start.length > name.length ? lines.findIndex((each) => each.includes(start)) : -1;
  const word = new RegExp(`(^|[\\s"'])${name.replaceAll(/\W/g, '\\$&')}(?!\\w)`);
  const at = whole < 0 ? lines.findIndex((each) => word.test(each)) : whole;
  return at < 0 ? line : line + 1 + at;
}

function textsBelow(value: unknown, path: Path): { readonly path: Path; readonly text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    textsBelow(child, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}
