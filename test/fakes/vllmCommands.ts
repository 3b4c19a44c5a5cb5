import { filesOf } from '../../src/engines/artifact.ts';
import type { FlagTable } from '../../src/engines/vllm/flags/flag.ts';
import { valueProblem } from '../../src/engines/vllm/flags/valueProblem.ts';
import { writtenArguments } from '../../src/engines/vllm/flags/writtenArguments.ts';
import type { RenderedVllm } from './renderedVllm.ts';

/** Variables that others than vLLM read, or that it passes on to them. */
const OF_OTHERS = new Set([
  'CUDA_VISIBLE_DEVICES',
  'GLOO_SOCKET_IFNAME',
  'NCCL_SOCKET_IFNAME',
  'LMCACHE_CONFIG_FILE',
  'PYTHONHASHSEED',
  // setproctitle's
  'SPT_NOENV',
]);

/** What of the start scripts of a deployment a version of vLLM would refuse or not read. */
export function unknownTo(table: FlagTable, { nodes }: RenderedVllm): readonly string[] {
  return Object.values(nodes).flatMap((node) =>
    filesOf(node).flatMap(({ path, content }) => {
      if (!('text' in content) || !/run_(prefill|decode|mixed)\.sh$/.test(path)) return [];
      const found = [
        ...commandsOf(content.text).flatMap((words) => argumentProblems(words, table)),
        ...strangers(content.text, table),
      ];
      return found.map((problem) => `${node.node}: ${problem}`);
    }),
  );
}

/** The arguments of each `vllm serve` of a script, as its shell would have them. */
export function commandsOf(script: string): readonly (readonly string[])[] {
  const calls = script.matchAll(/vllm serve((?: \\\n {2}[^\n]*?(?=$| \\$| >> ))+)/gm);
  return [...calls].map(([, text]) =>
    (text ?? '')
      .split(/ \\\n {2}/)
      .slice(1)
      .flatMap(wordsOf),
  );
}

/** Single quotes, and `'\''` in them: what omniplace writes. */
function wordsOf(line: string): readonly string[] {
  const words = line.match(/(?:'[^']*'|\\'|[^\s'])+/g) ?? [];
  return words.map((word) => word.replace(/'([^']*)'|\\(')/g, (_, quoted, escaped) => quoted ?? escaped));
}

function argumentProblems([model = '', ...words]: readonly string[], table: FlagTable): readonly string[] {
  const { found, stray } = writtenArguments(words, table);
  return [
    ...(model.startsWith('/') ? [] : [`${model} is not a model`]),
    ...stray.map(({ value }) => `nothing takes ${value}`),
    ...found.flatMap((argument) => {
      const problem = argument.name === null ? 'is not an argument' : valueProblem(argument);
      return [
        ...(problem === null ? [] : [`${argument.written} ${problem}`]),
        ...keyProblems(argument.name, argument.values[0], table),
      ];
    }),
  ];
}

function keyProblems(
  name: string | null,
  value: string | undefined,
  { jsonKeys, connectors }: FlagTable,
): readonly string[] {
  const known = jsonKeys[name ?? ''];
  if (known === undefined || value === undefined) return [];
  const json = JSON.parse(value) as Readonly<Record<string, unknown>>;
  const connector = json.kv_connector;
  return [
    ...Object.keys(json).flatMap((key) => (Object.hasOwn(known, key) ? [] : [`${name} has no ${key}`])),
    ...(connector === undefined || connectors.includes(String(connector))
      ? []
      : [`there is no connector ${connector}`]),
  ];
}

function strangers(script: string, { variables }: FlagTable): readonly string[] {
  const names = [...script.matchAll(/^(?:export )?([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name!);
  return names.filter((name) => !variables.includes(name) && !OF_OTHERS.has(name)).map((name) => `${name} is not read`);
}
