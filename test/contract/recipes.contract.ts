import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { JsonObject } from '../../src/deployment/deployment.ts';
import { importFiles } from '../../src/imports/index.ts';
import { readRecipes } from '../../src/operations/init/recipes/readRecipes.ts';
import type { Recipe } from '../../src/operations/init/recipes/recipe.ts';
import { recipeText } from '../../src/operations/init/recipes/recipeText.ts';
import { renderedText } from '../fakes/renderedFor.ts';
import { unless } from '../fakes/unless.ts';
import { startIn } from './cell.ts';
import { exportedNames } from './exportedNames.ts';
import { omniCliObstacle, startByOmniCli } from './omniCli.ts';
import { expectedOf } from './omniCliRecording.ts';
import { startDifferences } from './templateDifferences.ts';
import { contractObstacle, givenTrees, type Tree } from './trees.ts';

/** A draft model, whose folder the recipe names as it names that. */
const DRAFT_MODEL = ['/tmp/qwen3_30b_moe_eagle3-Tengyunw', '/data/models/Qwen3-30B-A3B-eagle3'] as const;
/** Names of network interfaces, what CANN's own script sets, and folders: docs/contract.md. */
const OF_MACHINE =
  /^\w+ (\w*SOCKET_IFNAME|(ATB|ASDOPS|ASDSIP)_\w+|ASCEND_(AICPU_PATH|HOME_PATH|OPP_PATH|TOOLKIT_HOME)|TOOLCHAIN_HOME|CODE_PATH|LOG_PATH|PYTHONPATH|(GLOBAL_|LOCAL_)?(DECODE_)?SERVER_IP_LIST|HOST_IP) is /;
/** Where a template has another value than the hosts give, which omni_cli corrects when it checks the file. */
const CORRECTED =
  /^d0 (KV_RANK is|(has|lacks) --kv-transfer-config kv_rank: \d|MASTER_PORT is|VLLM_DP_MASTER_PORT is|(has|lacks) --data-parallel-rpc-port )/;
const CORRECTED_RECIPES = [
  'deepseek-r1-a3-2p1d-low-latency',
  'deepseek-v3.1-a3-8p1d',
  'glm-5-a2-3p1d',
  'gpt-oss-120b-a3-1p1d',
  'gpt-oss-20b-a2-1p1d',
  'gpt-oss-20b-a3-1p1d',
  'qwen3-32b-a3-1p1d',
];

/** Keys of a proxy that recipes leave out where they are as in a file without them. */
const PROXY_DEFAULTS: JsonObject = { omni_proxy_pd_policy: 'sequential', omni_proxy_max_batch_num_token: 100_000 };

const obstacle = contractObstacle() ?? omniCliObstacle();
const trees = obstacle === null ? givenTrees() : [];
const recipes = await readRecipes(new URL('../../', import.meta.url).pathname);
const cases = trees.flatMap((tree) =>
  recipes
    .filter(({ dialect, source }) => dialect === tree.name && existsSync(join(tree.path, source.path)))
    .map((recipe) => ({ tree, recipe, name: recipe.name })),
);
let equal = 0;
afterAll(() => {
  if (cases.length > 0) process.stdout.write(`\n${equal} of ${cases.length} recipes start as their sources\n\n`);
});

describe('a recipe', unless(obstacle ?? (cases.length === 0 ? 'no given source has its templates' : null)), () => {
  it.each(cases)('starts what omni_cli starts for its source: $name', async ({ tree, recipe, name }) => {
    const found = (await differencesOf(tree, recipe)).filter((each) => !OF_MACHINE.test(each));
    const left = found.filter((each) => !(CORRECTED_RECIPES.includes(name) && CORRECTED.test(each)));
    expect(left).toEqual([]);
    expect(found.length > 0).toBe(CORRECTED_RECIPES.includes(name));
    equal++;
  });
});

async function differencesOf(tree: Tree, recipe: Recipe): Promise<readonly string[]> {
  const file = recipe.source.path;
  const text = templateText(tree, recipe);
  const cluster = importFiles([{ file, text }]);
  expect(proxyKeys(parse(recipe.text).deployment.proxy)).toEqual(proxyKeys(cluster.proxy?.keys ?? {}));
  const [prefill, decode] = [cluster.prefill, cluster.decode].map((all) =>
    all.flatMap(({ hosts }) => hosts.map(({ address }) => address)),
  );
  const { modelPath, hosts } = { modelPath: String(cluster.services.model_path), hosts: [...prefill!, ...decode!] };
  const own = recipeText(recipe, {
    hosts: [...new Set(hosts)],
    image: 'repository:tag',
    modelPath,
    name: null,
    user: null,
    privateKey: null,
    codePath: null,
    logPath: null,
    servedModelName: null,
    proxyHost: null,
    proxyPort: null,
  });
  const rendered = renderedText(own, `${recipe.name}.yml`, tree.dialect);
  const count = (node: 'p0' | 'd0') => {
    const found = rendered.topology.nodes.find((each) => each.name === node)!;
    return ['vllm', found.role === 'proxy' ? 0 : found.numServers] as const;
  };
  const original = await startByOmniCli(tree.path, text, { p0: count('p0'), d0: count('d0') });
  const starts = await startIn(tree.path, rendered, ['p0', 'd0'], { expected: (node) => count(node as 'p0') });
  return (['p0', 'd0'] as const).flatMap((node) =>
    startDifferences(expectedOf(original[node]), starts[node], exportedNames(rendered, node)).map(
      (each) => `${node} ${each}`,
    ),
  );
}

/** Without the hosts' own paths, and what is said by leaving it out. */
function proxyKeys(written: JsonObject): Readonly<Record<string, string>> {
  const { host: _host, listen_port: _port, access_log_file: _file, ...keys } = written;
  const kept = Object.entries(keys).filter(([key, value]) => String(value) !== String(PROXY_DEFAULTS[key]));
  return Object.fromEntries(kept.map(([key, value]) => [key, String(value)]));
}

/** The template, with the address that some snapshots need of each host, and the recipe's path of a draft model. */
function templateText({ path, dialect }: Tree, { source }: Recipe): string {
  const text = readFileSync(join(path, source.path), 'utf8').replaceAll(...DRAFT_MODEL);
  const written = parse(text);
  for (const { hosts } of Object.values<Inventory>(written.all.children)) {
    for (const { ansible_host, env } of Object.values(hosts)) {
      if (dialect.comparesLocalHostIp) env.LOCAL_HOST_IP = ansible_host;
      env.MODEL_PATH = String(env.MODEL_PATH).replace(/\/$/, '');
    }
  }
  return stringify(written);
}

interface Inventory {
  readonly hosts: Readonly<Record<string, { ansible_host: string; env: Record<string, unknown> }>>;
}
