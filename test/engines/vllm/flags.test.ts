import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FLAG_TABLES } from '../../../src/engines/vllm/flags/flags.gen.ts';
import { renderedVllm, VLLM_INVENTORIES, vllmInventory } from '../../fakes/renderedVllm.ts';
import { commandsOf, unknownTo } from '../../fakes/vllmCommands.ts';
import { type RecordedTable, tableOf, vllmSource } from '../../fakes/vllmSource.ts';

const recorded = ['v0.23.0', 'v0.27.1'].map((version) =>
  tableOf(JSON.parse(readFileSync(`test/golden/vllm/${version}.json`, 'utf8')) as RecordedTable),
);

describe('the tables of arguments', () => {
  it('are those that were recorded', () => {
    expect(FLAG_TABLES.map(({ version, commit, date }) => [version, commit, date])).toEqual(
      recorded.map(({ version, commit, date }) => [version, commit, date]),
    );
    for (const [i, { flags }] of FLAG_TABLES.entries())
      expect(Object.keys(flags).sort()).toEqual(Object.keys(recorded[i]!.flags).sort());
  });

  it.each([
    ['--tensor-parallel-size', { type: 'int', aliases: ['-tp'], ge: 1 }],
    ['--headless', { type: 'switch' }],
    ['--trust-remote-code', { type: 'flag' }],
    ['--kv-transfer-config', { type: 'json' }],
    ['--served-model-name', { type: 'text', many: true }],
    ['--gpu-memory-utilization', { type: 'float', gt: 0, le: 1 }],
    ['--max-model-len', { type: 'human', ge: -1 }],
    ['--uvicorn-log-level', { type: 'text', choices: ['critical', 'debug', 'error', 'info', 'trace', 'warning'] }],
  ])('have %s as its definition has it', (flag, definition) => {
    expect(FLAG_TABLES.at(-1)!.flags[flag]).toEqual(definition);
  });

  it.each(VLLM_INVENTORIES)('have every argument and variable of inventories/%s.yml', (name) => {
    const rendered = renderedVllm(vllmInventory(name));
    for (const table of recorded) expect(unknownTo(table, rendered)).toEqual([]);
  });

  it('would show an argument that is gone', () => {
    const [table] = recorded;
    const { '--headless': _, ...flags } = table!.flags;
    const variables = table!.variables.filter((name) => name !== 'VLLM_HOST_IP');
    const unknown = unknownTo({ ...table!, flags, variables }, renderedVllm(vllmInventory('vllm-2p1d')));
    expect(unknown).toContain('d1: --headless is not an argument');
    expect(unknown).toContain('d0: VLLM_HOST_IP is not read');
  });

  it('are compared with the words that a shell makes of the scripts', () => {
    const script = `exec vllm serve \\\n  /m \\\n  --a '{"b":1}' \\\n  --c\nX=1 vllm serve \\\n  /m \\\n  'it'\\''s' >> log 2>&1 &\n`;
    expect(commandsOf(script)).toEqual([
      ['/m', '--a', '{"b":1}', '--c'],
      ['/m', "it's"],
    ]);
  });
});

describe('the script that reads definitions', () => {
  it('takes types, ranges, choices and aliases from the code, without running it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'vllm-'));
    for (const [path, text] of Object.entries(SOURCE)) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const { flags, variables, connectors, jsonKeys } = vllmSource(folder);
    rmSync(folder, { recursive: true });
    expect(flags).toEqual({
      '--backend': { type: 'text', choices: ['a', 'b'], default: 'a' },
      '--headless': { type: 'switch' },
      '--kv': { type: 'json' },
      '--log': { type: 'flag' },
      '--names': { type: 'text', many: true },
      '--port': { type: 'int', default: 8000 },
      '--size': { type: 'int', aliases: ['-s'], ge: 1 },
      '--words': { type: 'text', default: 'a' },
    });
    expect({ variables, connectors, jsonKeys }).toEqual({
      variables: ['VLLM_A', 'VLLM_B'],
      connectors: ['One', 'Two'],
      jsonKeys: {
        '--attention-config': {},
        '--compilation-config': {},
        '--eplb-config': { window: { type: 'int', gt: 0 } },
        '--kv-events-config': {},
        '--kv-transfer-config': { kv_role: { type: 'text', choices: ['a', 'b'] } },
        '--profiler-config': {},
        '--speculative-config': {},
      },
    });
  });
});

const SOURCE = {
  'vllm/config/all.py': `from typing import Literal
raise SystemExit('this is not run')
Backend = Literal["b", "a"]
@config
class ParallelConfig:
    size: int = Field(default=1, ge=1)
    backend: Backend = "a"
    words: str | Backend = "a"
    names: list[str] | None = None
    kv: KVTransferConfig | None = None
@config
class KVTransferConfig:
    kv_role: Backend | None = None
@config
class EPLBConfig:
    window: int = Field(default=1, gt=0)
`,
  'vllm/engine/arg_utils.py': `class EngineArgs:
    @staticmethod
    def add_cli_args(parser):
        parallel_kwargs = get_kwargs(ParallelConfig)
        group.add_argument("--size", "-s", **parallel_kwargs["size"])
        group.add_argument("--backend", **parallel_kwargs["backend"])
        group.add_argument("--words", **{**parallel_kwargs["words"], "default": None})
        group.add_argument("--names", **parallel_kwargs["names"])
        group.add_argument("--kv", **parallel_kwargs["kv"])
class AsyncEngineArgs(EngineArgs):
    @staticmethod
    def add_cli_args(parser):
        parser.add_argument("--log", action=argparse.BooleanOptionalAction)
`,
  'vllm/entrypoints/openai/cli_args.py': `class FrontendArgs:
    port: int = 8000
def make_arg_parser(parser):
    parser.add_argument("model_tag", nargs="?")
    parser.add_argument("--headless", action="store_true")
`,
  'vllm/envs.py': 'environment_variables: dict = {"VLLM_B": lambda: 1, "VLLM_A": lambda: 2}\n',
  'vllm/distributed/kv_transfer/kv_connector/factory.py':
    'KVConnectorFactory.register_connector("Two", "m", "Two")\nKVConnectorFactory.register_connector("One", "m", "One")\n',
};
