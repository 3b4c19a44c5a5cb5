import { isMap } from '../../src/files/maps.ts';
import type { Start } from './cell.ts';

/** What omni_cli starts on one node, as it was recorded. */
export interface ExpectedNode {
  readonly servers: readonly {
    readonly argv: readonly string[];
    /** Of this server alone. */
    readonly env: Readonly<Record<string, string>>;
  }[];
  /** Of all servers. */
  readonly env: Readonly<Record<string, string>>;
}

/** Of the first prefill and the first decode node. */
export interface Expected {
  readonly prefill?: ExpectedNode;
  readonly decode?: ExpectedNode;
}

/** Variables that are to differ; docs/migrate.md has the reasons. */
const OURS: ReadonlySet<string> = new Set([
  'RANKTABLE_SAVE_PATH',
  'RANK_TABLE_FILE_PATH',
  'GLOBAL_RANK_TABLE_FILE_PATH',
  'LOCAL_RANK_TABLE_FILE_PATH',
]);
/** Variables that only ours may set: they follow from hosts, dies and ports; docs/migrate.md lists them. */
const OUR_FURTHER: ReadonlySet<string> = new Set([
  'ASCEND_RT_VISIBLE_DEVICES',
  'ASCEND_TOOLKIT_HOME',
  'DECODE_DATA_PARALLEL_SIZE',
  'DECODE_TENSOR_PARALLEL_SIZE',
  'HOST',
  'IP',
  'LOCAL_DECODE_SERVER_IP_LIST',
  'LOCAL_HOST_IP',
  'NNODES',
  'NODE_IP_LIST',
  'NODE_RANK',
  'NUM_SERVERS',
  'RAY_USAGE_STATS_ENABLED',
]);
/** Arguments likewise. */
const OUR_ARGUMENTS: ReadonlySet<string> = new Set([
  '--additional-config omni_placement_config dump_dir',
  '--kv-transfer-config kv_connector_extra_config global_rank_table_path',
  '--kv-transfer-config kv_connector_extra_config local_rank_table_path',
]);

/** Written where the file has no such key: an earlier start may have left another one in the package's own configuration. */
const NO_PATTERN = '--additional-config omni_placement_config pattern_path: null';

/** The launcher gives them before other arguments, which may have them again: vLLM takes the last. */
const LAST_COUNTS: ReadonlySet<string> = new Set(['--load-format', '--speculative-config']);

/**
 * What our start script did otherwise than omni_cli; empty: nothing.
 * @param exported names of the variables that the script exports
 */
export function startDifferences(
  expected: ExpectedNode,
  start: Start,
  exported: readonly string[] = [],
): readonly string[] {
  const calls = start.calls.filter(({ program }) => program === 'vllm').sort((a, b) => portOf(a.argv) - portOf(b.argv));
  if (calls.length !== expected.servers.length)
    return [`${calls.length} servers of ${expected.servers.length}: ${start.log.trim().slice(-300)}`];
  const differences = expected.servers.flatMap((server, i) => {
    const { argv, env } = calls[i]!;
    const wanted = { ...expected.env, ...server.env };
    const further = exported.filter((name) => env[name] !== undefined && !OUR_FURTHER.has(name) && !(name in wanted));
    return [
      ...argvDifferences(server.argv, argv),
      ...envDifferences(wanted, env),
      ...further.map((name) => `${name} is ${env[name]}, and omni_cli does not set it`),
    ];
  });
  return [...new Set(differences)];
}

function portOf(argv: readonly string[]): number {
  return Number(argv[argv.indexOf('--port') + 1]);
}

function envDifferences(
  expected: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.entries(expected).flatMap(([name, value]) =>
    OURS.has(name) || found[name] === value ? [] : [`${name} is ${found[name] ?? 'not set'}, not ${value}`],
  );
}

function argvDifferences(expected: readonly string[], found: readonly string[]): readonly string[] {
  const [wanted, given] = [leaves(expected), leaves(found)];
  return [
    ...wanted.filter((leaf) => !given.includes(leaf)).map((leaf) => `lacks ${leaf}`),
    ...given.filter((leaf) => !wanted.includes(leaf)).map((leaf) => `has ${leaf}`),
  ];
}

/** Arguments with their values, in any order; of JSON each value with its path. vLLM reads `_` in a name as `-`. */
function leaves(words: readonly string[]): readonly string[] {
  const argv = words.map((word) => (word.startsWith('--') ? word.replaceAll('_', '-') : word));
  const found: string[] = [];
  let flag = '';
  for (const [i, word] of argv.entries()) {
    const option = word.startsWith('--') ? word : flag;
    if (LAST_COUNTS.has(option) && argv.lastIndexOf(option) > i) {
      flag = option;
      continue;
    }
    if (word.startsWith('--')) {
      flag = word;
      found.push(word);
    } else found.push(...(/^[{[]/.test(word) ? jsonLeaves(flag, JSON.parse(word)) : [`${flag} ${word}`]));
  }
  return found.filter((leaf) => leaf !== NO_PATTERN && !OUR_ARGUMENTS.has(leaf.replace(/: .*$/, '')));
}

function jsonLeaves(path: string, value: unknown): readonly string[] {
  if (!isMap(value)) return [`${path}: ${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([key, child]) => jsonLeaves(`${path} ${key}`, child));
}
