import { describe, expect, it } from 'vitest';
import { filesOf } from '../../../src/engines/artifact.ts';
import { renderedVllm, vllmInventory } from '../../fakes/renderedVllm.ts';
import { commandsOf } from '../../fakes/vllmCommands.ts';

// commands as vLLM's own documents compose them for DeepSeek-R1, against those of the example files

const MODEL =
  '/models/DeepSeek-R1 --served-model-name ds-r1 --host 0.0.0.0 --max-model-len 16384 --trust-remote-code --shutdown-timeout 60 --enable-expert-parallel';
const KV = (role: string) =>
  `--kv-transfer-config {"kv_connector":"NixlConnector","kv_role":"${role}","kv_load_failure_policy":"fail"}`;
const [P, D] = [KV('kv_producer'), KV('kv_consumer')];
const GRAPHS = '--all2all-backend deepep_low_latency --compilation-config {"cudagraph_mode":"FULL_DECODE_ONLY"}';
const ROUTER =
  '--vllm-pd-disaggregation --kv-connector nixl --host 0.0.0.0 --port 30000 --prometheus-host 0.0.0.0 --prometheus-port 29000';
const EPLB = '{"num_redundant_experts":32,"window_size":1000,"step_interval":3000,"log_balancedness":true}';

const prefill = `${MODEL} --port 8100 --tensor-parallel-size 1 --data-parallel-size 8 --all2all-backend deepep_high_throughput ${P}`;
const meeting = (address: string) => `--data-parallel-address ${address} --data-parallel-rpc-port 13345`;
const urls = (role: string, port: number, hosts: readonly number[]) =>
  hosts.map((host) => `--${role} http://10.0.0.${host}:${port}`).join(' ');

const EXAMPLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'vllm-1p1d': {
    p0: `${MODEL} --port 8100 --tensor-parallel-size 8 ${P}`,
    d0: `${MODEL} --port 8200 --tensor-parallel-size 8 ${D}`,
    c0: `${ROUTER} --policy round_robin ${urls('prefill', 8100, [1])} ${urls('decode', 8200, [2])}`,
  },
  'vllm-2p1d': {
    p0: prefill,
    p1: prefill,
    d0: `${MODEL} --port 8200 --tensor-parallel-size 1 --data-parallel-size 16 --data-parallel-size-local 8 ${meeting('10.0.0.3')} --api-server-count 8 ${GRAPHS} ${D}`,
    d1: `${MODEL} --tensor-parallel-size 1 --data-parallel-size 16 --data-parallel-size-local 8 --data-parallel-start-rank 8 ${meeting('10.0.0.3')} --headless ${GRAPHS} ${D}`,
    c0: `${ROUTER} --policy round_robin ${urls('prefill', 8100, [1, 2])} ${urls('decode', 8200, [3])}`,
  },
  'vllm-4p1d': {
    ...Object.fromEntries(['p0', 'p1', 'p2', 'p3'].map((node) => [node, prefill])),
    ...Object.fromEntries(
      [0, 1, 2, 3].map((i) => [
        `d${i}`,
        `${MODEL} --port 8200 --tensor-parallel-size 1 --data-parallel-size 32 --data-parallel-size-local 8 --data-parallel-start-rank ${8 * i} --data-parallel-hybrid-lb ${meeting('10.0.0.5')} ${GRAPHS} --enable-eplb --eplb-config ${EPLB} ${D}`,
      ]),
    ),
    c0: `${ROUTER} --prefill-policy cache_aware --decode-policy round_robin ${urls('prefill', 8100, [1, 2, 3, 4])} ${urls('decode', 8200, [5, 6, 7, 8])}`,
  },
};

/** What is rendered besides, or left out, and why. */
const DIFFERENCES: readonly (readonly [flag: RegExp, reason: string])[] = [
  [/^\+--max-num-seqs /, 'a key of every engine, whose default the deployment file has'],
  [/^\+--max-num-batched-tokens /, 'the same, for prefill'],
  [/^\+--gpu-memory-utilization /, 'the same'],
  [/^---host 0\.0\.0\.0$/, 'a headless node has no API'],
  [/^\+--policy cache_aware$/, 'the default of the router, written out'],
];

describe.each(Object.entries(EXAMPLES))('the commands of %s', (name, example) => {
  const { nodes } = renderedVllm(vllmInventory(name));

  it.each(Object.keys(example))('are those of the worked example for %s, but for differences with a reason', (node) => {
    const expected = argumentsOf(example[node]!.split(' '));
    const rendered = argumentsOf(wordsOf(nodes[node]!));
    const differences = [
      ...rendered.filter((argument) => !expected.includes(argument)).map((argument) => `+${argument}`),
      ...expected.filter((argument) => !rendered.includes(argument)).map((argument) => `-${argument}`),
    ];
    expect(differences.filter((difference) => !DIFFERENCES.some(([flag]) => flag.test(difference)))).toEqual([]);
  });

  it('are for the same nodes', () => {
    expect(Object.keys(nodes).sort()).toEqual(Object.keys(example).sort());
  });
});

/** A flag with its values each. */
function argumentsOf(words: readonly string[]): readonly string[] {
  return words.join(' ').split(/ (?=--)/);
}

function wordsOf(node: Parameters<typeof filesOf>[0]): readonly string[] {
  const [script] = filesOf(node);
  const { content } = script as { readonly content: { readonly text: string } };
  const [serve] = commandsOf(content.text);
  return (
    serve ??
    content.text
      .split(/ \\\n {2}/)
      .slice(1)
      .flatMap((line) => line.trim().split(' '))
  );
}
