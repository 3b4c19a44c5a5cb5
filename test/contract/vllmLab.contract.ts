import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Flag } from '../../src/engines/vllm/flags/flag.ts';
import { FrontEngine } from '../../src/lab/engines/vllm/api/frontEngine.ts';
import { vllmMetrics } from '../../src/lab/engines/vllm/api/vllmMetrics.ts';
import { vllmCommands } from '../../src/lab/engines/vllm/vllmImage.ts';
import { VLLM_IMITATED } from '../../src/lab/engines/vllm/vllmVersions.ts';
import { unless } from '../fakes/unless.ts';
import { vllmSource } from '../fakes/vllmSource.ts';

const folders = (process.env.OMNIPLACE_VLLM ?? '').split(delimiter).filter((folder) => folder !== '');
const obstacle = folders.length === 0 ? 'no source of vLLM was given: --vllm DIR' : null;

it('sources of vLLM are compared with the lab', unless(obstacle), () => {
  expect(folders).not.toEqual([]);
});

describe.each(folders)('the lab’s imitation of vLLM in %s', (folder) => {
  const source = vllmSource(folder);
  const version = VLLM_IMITATED.find((one) => folder.includes(one)) ?? VLLM_IMITATED.at(-1)!;
  const bin = mkdtempSync(join(tmpdir(), 'omniplace-vllm-'));
  const read = (path: string) => readFileSync(join(folder, 'vllm', path), 'utf8');

  beforeAll(() => {
    for (const { path, content, mode } of vllmCommands(version, `${bin}/lab`, bin)) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content, { mode });
    }
  });
  afterAll(() => rmSync(bin, { recursive: true }));

  /** What the parser would hand to the engine. */
  const parse = (argv: readonly string[]) =>
    spawnSync(`${bin}/vllm`, ['serve', '/m', ...argv], {
      encoding: 'utf8',
      env: { ...process.env, LAB_NODE: '/bin/echo' },
    });

  it('accepts every flag that the source has, with a value of its kind', () => {
    const argv = Object.entries(source.flags).flatMap(([name, flag]) => [name, ...valueFor(name, flag)]);
    const { status, stderr } = parse(argv);
    expect([status, stderr]).toEqual([0, '']);
  });

  it('refuses every flag that the source has not', () => {
    const others = VLLM_IMITATED.filter((one) => one !== version).flatMap((one) => Object.keys(flagsOf(one)));
    const absent = others.filter((name) => !(name in source.flags) && !isBeginning(name, Object.keys(source.flags)));
    for (const name of [...absent, '--no-such-flag']) {
      const { status, stderr } = parse([name]);
      expect([name, status, stderr]).toEqual([name, 2, expect.stringContaining(`unrecognized arguments: ${name}`)]);
    }
  });

  it('binds the ports that the source binds', () => {
    expect(read('envs.py')).toMatch(/VLLM_NIXL_SIDE_CHANNEL_PORT: int = 5600/);
    expect(read('envs.py')).toMatch(/VLLM_MOONCAKE_BOOTSTRAP_PORT: int = 8998/);
    expect(read('config/parallel.py')).toMatch(/data_parallel_rpc_port: int = 29550/);
    expect(read('config/parallel.py')).toMatch(/master_port: int = 29501/);
    expect(read(`${CONNECTORS}/nixl/base_scheduler.py`)).toMatch(
      /VLLM_NIXL_SIDE_CHANNEL_PORT\s*\+ vllm_config\.parallel_config\.data_parallel_index/,
    );
  });

  it('exports only metrics that the source has, and all that omniplace reads', () => {
    const known = new Set(
      [read('v1/metrics/loggers.py'), read(`${CONNECTORS}/nixl/stats.py`)].flatMap((text) =>
        [...text.matchAll(/"vllm:(\w+)"/g)].map(([, name]) => name!),
      ),
    );
    const core = { rank: 0, run: () => Promise.reject(new Error()), state: () => ({ usage: 0, expired: 0 }) };
    const text = vllmMetrics({ engines: [new FrontEngine(core, 1)], servedModelName: 'm', usesNixl: true });
    const names = [...text.matchAll(/^# TYPE vllm:(\w+) /gm)].map(([, name]) => name!.replace(/_(total|created)$/, ''));
    expect([...new Set(names)].filter((name) => !known.has(name))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(['external_prefix_cache_hits', 'num_requests_running']));
  });

  it('offers a KV cache by the fields of the source', () => {
    const text = read(`${CONNECTORS}/nixl/pull_scheduler.py`);
    const [, fields = ''] = /return delay_free_blocks, dict\(([\s\S]*?)\n {8}\)/.exec(text) ?? [];
    const source = [...fields.matchAll(/^ +(\w+)=/gm)].map(([, name]) => name).sort();
    const lab = readFileSync('src/lab/engines/vllm/kv/nixl.ts', 'utf8');
    const expiry = version === 'v0.23.0' ? [] : ['remote_blocks_expiry_time'];
    const offered = ['do_remote_decode', 'do_remote_prefill', 'remote_block_ids', 'remote_engine_id', 'remote_host'];
    const all = [...offered, 'remote_num_tokens', 'remote_port', 'remote_request_id', 'tp_size', ...expiry].sort();
    expect(source).toEqual(all);
    for (const field of all) expect(lab).toContain(`${field}:`);
  });
});

const CONNECTORS = 'distributed/kv_transfer/kv_connector/v1';

function valueFor(name: string, { type, choices, ge = 1, gt = 0, le, lt }: Flag): readonly string[] {
  if (type === 'switch' || type === 'flag') return [];
  if (choices !== undefined) return [String(choices[0])];
  if (type === 'json') return ['{}'];
  if (type === 'text') return [name === '--config' ? '/f' : 'x'];
  if (type === 'float' && lt !== undefined) return [String(lt / 2)];
  return [String(Math.min(le ?? Number.POSITIVE_INFINITY, Math.max(1, ge, gt + 1)))];
}

function flagsOf(version: string): object {
  return JSON.parse(readFileSync(`test/golden/vllm/${version}.json`, 'utf8')).flags.reduce(
    (all: object, { name }: { name: string }) => Object.assign(all, { [name]: true }),
    {},
  );
}

/** argparse takes the beginning of a flag for the flag. */
function isBeginning(name: string, flags: readonly string[]): boolean {
  return flags.some((flag) => flag.startsWith(name));
}
