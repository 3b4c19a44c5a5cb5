import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { filesOf } from '../../../src/engines/artifact.ts';
import { validateText } from '../../../src/operations/cluster/validate.ts';
import { parseHosts } from '../../../src/operations/init/initShape.ts';
import { readRecipe, readRecipes } from '../../../src/operations/init/recipes/readRecipes.ts';
import { parseRecipe, type Recipe, recipeHostsText } from '../../../src/operations/init/recipes/recipe.ts';
import { recipeRow, recipeTable } from '../../../src/operations/init/recipes/recipeTable.ts';
import { type RecipeChoices, recipeText } from '../../../src/operations/init/recipes/recipeText.ts';
import { stayingPathsText } from '../../../src/operations/init/recipes/stayingPaths.ts';
import { goldenDialect } from '../../fakes/goldenDialect.ts';
import { renderedText } from '../../fakes/renderedFor.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
const recipes = await readRecipes(ROOT);
const byName = (name: string) => recipes.find((recipe) => recipe.name === name)!;

const choicesFor = (recipe: Recipe, changes: Partial<RecipeChoices> = {}): RecipeChoices => ({
  hosts: recipe.hosts.all.map((_, i) => `10.1.2.${i + 1}`),
  image: 'repo/omniinfer:tag',
  modelPath: '/models/own',
  name: null,
  user: null,
  privateKey: null,
  codePath: null,
  logPath: null,
  servedModelName: null,
  proxyHost: null,
  proxyPort: null,
  ...changes,
});

/** What `validate` has against a recipe that its source has too. */
const KNOWN_WARNINGS = /^(engine_value: max_model_len|dump_misread:)/;

async function validated(name: string, text: string) {
  const { faults, deployment } = await validateText(text, `${name}.yml`, { overrides: [] });
  const others = faults
    .filter(({ code }) => code !== 'missing_local_file')
    .map(({ severity, code, message }) => ({ severity, words: `${code}: ${message}` }));
  expect(others.filter(({ severity, words }) => severity === 'error' || !KNOWN_WARNINGS.test(words))).toEqual([]);
  return deployment!;
}

it.each([
  ['deepseek-r1-a3-7p1d', 100_000, 32, 48],
  ['glm-4.7-a2-1p1d', 400_000, 24, 8],
  ['glm-4.7-a2-2p1d', 400_000, 24, 8],
  ['glm-5-a2-1p1d', 200_000, 16, 6],
  ['glm-5-a2-3p1d', 200_000, 16, 6],
])('the recipe %s has omni_proxy, as its source', async (name, tokens, prefill, decode) => {
  const { proxy } = await validated(name, byName(name).text);
  expect(proxy?.engineSettings).toMatchObject({ useOmniProxy: true });
  expect(proxy?.engineSettings).toMatchObject({
    omniProxy: {
      omni_proxy_max_batch_num_token: tokens,
      omni_proxy_prefill_max_num_seqs: prefill,
      omni_proxy_decode_max_num_seqs: decode,
    },
  });
});

describe.each(recipes.map((recipe) => [recipe.name, recipe] as const))('the recipe %s', (name, recipe) => {
  it('is valid, with addresses of documentation', async () => {
    await validated(name, recipe.text);
    expect(recipe.hosts.all).toEqual(recipe.hosts.all.map((_, i) => `192.0.2.${i + 1}`));
    expect(recipe.text.match(/^#.*Untested on devices by us\./m)).not.toBeNull();
  });

  it('is listed as its file is', () => {
    expect(name).toBe(
      `${name.split(/-a[23]-/)[0]}-${recipe.hardware.toLowerCase()}-${recipe.size.toLowerCase()}${/-low-latency$/.exec(name) ?? ''}`,
    );
    const { repository, commit } = recipe.source;
    const golden = goldenDialect(recipe.dialect);
    expect([`github.com/${repository}`, commit]).toEqual([golden.repository, golden.commit.slice(0, 8)]);
    const { hosts } = recipeRow(recipe);
    expect(hosts.total).toBe(new Set(recipe.text.match(/192\.0\.2\.\d+/g)).size);
    expect(recipeTable([recipe])).toContain(recipeHostsText(recipe.hosts));
  });

  it('renders start scripts, with the connector that is listed', () => {
    const { nodes, topology } = renderedText(recipe.text, `${name}.yml`, goldenDialect(recipe.dialect).dialect);
    for (const node of topology.nodes) {
      const serves = node.role !== 'proxy' && node.numServers > 0;
      const scripts = filesOf(nodes[node.name]!).flatMap(({ content }) => ('text' in content ? [content.text] : []));
      expect(scripts.some((text) => text.includes(`"kv_connector":"${recipe.connector}"`))).toBe(serves);
    }
  });

  it('is valid for other hosts, and names none of its own', async () => {
    const text = recipeText(recipe, choicesFor(recipe));
    const deployment = await validated(name, text);
    expect(text).not.toMatch(/192\.0\.2|REPOSITORY|For your hosts|yaml-language-server/);
    expect(text).not.toContain(recipe.modelPath);
    expect(text).toContain(`# Source: ${recipe.source.repository} ${recipe.source.commit} ${recipe.source.path}\n`);
    expect(text).toContain(`# Written by omniplace init from the recipe ${name}. `);
    expect(deployment.proxy?.host).toMatch(/^10\.1\.2\./);
    expect(deployment.prefill[0]?.hosts[0]?.address).toBe('10.1.2.1');
  });
});

describe('the recipes', () => {
  it('are at least twenty, of these models, on A2 and A3, from 1P1D to 20P1D', () => {
    expect(recipes.length).toBeGreaterThanOrEqual(20);
    const models = recipes.map(({ model }) => model).join('\n');
    for (const model of 'DeepSeek-R1 DeepSeek-V3.1 DeepSeek-V3.2 Kimi-K2 Qwen3-235B Qwen3-30B Qwen3-32B QwQ GLM gpt-oss Pangu'.split(
      ' ',
    )) {
      expect(models).toContain(model);
    }
    expect(new Set(recipes.map(({ hardware }) => hardware))).toEqual(new Set(['A2', 'A3']));
    expect(recipes.map(({ size }) => size)).toEqual(expect.arrayContaining(['1P1D', '20P1D']));
  });

  it('are in a table, with their sources below', () => {
    expect(recipeTable([byName('qwq-32b-a3-2p1d'), byName('gpt-oss-20b-a2-1p1d')]).split('\n')).toEqual([
      'RECIPE               MODEL              HARDWARE  SIZE  HOSTS                    CONNECTOR              DIALECT  SOURCE',
      'qwq-32b-a3-2p1d      QwQ-32B, BF16      A3        2P1D  2 (1 prefill, 1 decode)  AscendHcclConnectorV1  E        cli_qwq_32b_bf16_a3_2p1d.yaml',
      'gpt-oss-20b-a2-1p1d  gpt-oss-20b, W8A8  A2        1P1D  1 (prefill and decode)   AscendHcclConnectorV1  E        cli_gpt_oss_20b_w8a8c16_a2_1p1d.yaml',
      '',
      'E: github.com/mingtingwei/omni-infer fda711fb, tools/omni_cli/template',
      'Untested on devices by us. Use one: omniplace init --recipe NAME --hosts LIST --out cluster.yml',
    ]);
  });

  it('are rows in JSON', () => {
    expect(recipeRow(byName('qwen3-32b-a3-3p1d'))).toEqual({
      name: 'qwen3-32b-a3-3p1d',
      model: 'Qwen3-32B, BF16',
      hardware: 'A3',
      size: '3P1D',
      hosts: { total: 2, prefill: 2, decode: 1 },
      connector: 'AscendHcclConnectorV1',
      dialect: 'E',
      source: {
        repository: 'mingtingwei/omni-infer',
        commit: 'fda711fb',
        path: 'tools/omni_cli/template/cli_qwen3_32b_bf16_a3_3p1d.yaml',
      },
    });
  });

  it('name what was meant', async () => {
    const hintOf = (word: string) => readRecipe(ROOT, word).then(String, ({ message, hint }) => `${message} ${hint}`);
    expect(await hintOf('kimi-k2')).toBe(
      "'kimi-k2' is not a recipe. Did you mean kimi-k2-a3-2p1d, kimi-k2-a3-20p1d? omniplace init --list-recipes shows all.",
    );
    expect(await hintOf('gwq-32b-a2-3pld')).toBe(
      "'gwq-32b-a2-3pld' is not a recipe. Did you mean qwq-32b-a2-3p1d? omniplace init --list-recipes shows all.",
    );
    expect(await hintOf('deepsek-v3.2')).toBe(
      "'deepsek-v3.2' is not a recipe. Did you mean deepseek-v3.2-a3-1p1d? omniplace init --list-recipes shows all.",
    );
    expect(await hintOf('deepsek-r1')).toContain('Did you mean deepseek-r1-a2-1p1d, deepseek-r1-a3-1p1d, ');
    expect(await hintOf('')).toBe("'' is not a recipe. omniplace init --list-recipes shows all.");
    expect(await hintOf('llama')).toBe("'llama' is not a recipe. omniplace init --list-recipes shows all.");
  });

  it('name paths that another model path does not move', () => {
    const recipe = byName('qwen3-30b-a3-1p1d');
    expect(stayingPathsText(recipe, '/data/m')).toBe(
      [
        'Paths of the recipe that stay; set them if yours differ:',
        '  services.prefill.speculative_config.model: /data/models/Qwen3-30B-A3B-eagle3',
        '  services.decode.speculative_config.model: /data/models/Qwen3-30B-A3B-eagle3',
      ].join('\n'),
    );
    expect(stayingPathsText(recipe, recipe.modelPath)).toBe('');
    expect(stayingPathsText(byName('glm-5-a2-1p1d'), '/data/m')).toBe('');
  });

  it('need the comments that they are listed by', () => {
    const text = readFileSync(`${ROOT}inventories/recipes/qwq-32b-a3-2p1d.yml`, 'utf8');
    expect(() => parseRecipe('x', text.replace(/^# Model: .*\n/m, ''))).toThrow(
      "x: no line '# Model: ..' in its first comment",
    );
  });
});

describe('a file from a recipe', () => {
  const recipe = byName('deepseek-r1-a3-2p1d');

  it('has what is chosen, and the comments of the recipe', () => {
    const text = recipeText(
      recipe,
      choicesFor(recipe, {
        hosts: parseHosts('10.0.0.7-10'),
        name: 'mine',
        user: 'ops',
        privateKey: '~/.ssh/ops',
        codePath: '/src',
        logPath: '/logs',
        servedModelName: 'r1',
        proxyHost: '10.0.0.99',
        proxyPort: 7100,
      }),
    );
    for (const line of [
      '    user: ops',
      '    private_key: ~/.ssh/ops',
      '      hosts: "10.0.0.7"',
      '      hosts: "10.0.0.9,10.0.0.10"',
      '    host: "10.0.0.99"',
      '    listen_port: 7100',
      '  name: mine',
      '  code_path: /src',
      '  docker_image: repo/omniinfer:tag',
      '  model_path: /models/own',
      '  log_path: /logs',
      '  served_model_name: r1',
      '  # one group is one instance; its first host is the master',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  it('moves paths below the folder of the model', () => {
    const coder = byName('glm-4.7-a2-1p1d');
    expect(recipeText(coder, choicesFor(coder, { modelPath: '/models/glm/' }))).toContain(
      '    chat_template: /models/glm/chat_template.jinja\n',
    );
  });

  it.each([
    [['10.0.0.1'], 'deepseek-r1-a3-2p1d is for another number of hosts: 4 (2 prefill, 2 decode), not 1'],
    [
      parseHosts('10.0.0.1-6'),
      'deepseek-r1-a3-2p1d is for another number of hosts: 4 (2 prefill, 2 decode), not 6; 10.0.0.5, 10.0.0.6 would be left over',
    ],
    [['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.1'], '10.0.0.1 is given twice'],
  ])('is refused for the hosts %s', (hosts, message) => {
    expect(() => recipeText(recipe, choicesFor(recipe, { hosts }))).toThrow(message);
  });
});
