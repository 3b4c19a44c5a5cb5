import { describe, expect, it } from 'vitest';
import type { Positions } from '../../../src/deployment/positions.ts';
import { omniEngine } from '../../../src/engines/omni/index.ts';
import type { PlacementSettings } from '../../../src/engines/omni/settings.ts';
import { readDeployment } from '../../../src/engines/readDeployment.ts';
import { topologyOf } from '../../../src/engines/topologyOf.ts';
import { writeNpyInt32 } from '../../../src/placement/formats/npy.ts';
import {
  ARGUMENTS,
  type FakeDeployment,
  type FakeSettings,
  fakeDeployment,
  fakeSettings,
  PLACEMENT,
} from '../../fakes/deployment.ts';
import { NO_INPUTS } from '../../fakes/inputs.ts';

const FILE = '/home/user/p.npy';

function faultsOf(parts: FakeDeployment, pattern: Uint8Array | null = null, place: Positions = WRITTEN) {
  const deployment = fakeDeployment(parts);
  const inputs = { ...NO_INPUTS, bytes: { [FILE]: pattern } };
  return omniEngine.checks(deployment, topologyOf(deployment), inputs, place);
}

/** Every path is taken to be written. */
let nextLine = 0;
const WRITTEN = () => ({ line: ++nextLine, col: 1 });

const inWords = (faults: ReturnType<typeof faultsOf>) =>
  faults.map(({ severity, code, path, message }) => `${severity} ${code} ${path}: ${message}`);

/** A decode group of one host with 4 dies and other settings. */
const decode = (settings: FakeSettings, rest: FakeDeployment = {}): FakeDeployment => ({
  ...rest,
  decode: [{ hosts: ['10.0.0.2'], settings }],
});
const placed = (placement: Partial<PlacementSettings>, rest: FakeDeployment = {}) =>
  decode({ placement: { ...PLACEMENT, ...placement } }, rest);
const said = (parts: FakeDeployment, pattern: Uint8Array | null = null) => inWords(faultsOf(parts, pattern));

/** 4 ranks, 2 layers, 8 experts; `slots` gives the experts of a rank. */
const MODEL = { moeLayers: 2, experts: 8, topK: 2, firstDenseLayers: 0 };
function pattern(slots: (rank: number, layer: number) => readonly number[], ranks = 4, layers = 2, experts = 8) {
  const data = new Int32Array(ranks * layers * experts);
  for (let rank = 0; rank < ranks; rank++)
    for (let layer = 0; layer < layers; layer++)
      for (const expert of slots(rank, layer)) data[(rank * layers + layer) * experts + expert] = 1;
  return writeNpyInt32([ranks, layers, experts], data);
}
const BASE = pattern((rank) => [2 * rank, 2 * rank + 1]);
const MOVED = pattern((rank) => [rank, rank + 4]);
const REDUNDANT = pattern((rank) => [2 * rank, 2 * rank + 1, (2 * rank + 2) % 8]);
const withPattern = (placement: Partial<PlacementSettings> = {}, settings: FakeSettings = {}) =>
  decode({ placement: { ...PLACEMENT, patternPath: FILE, ...placement }, ...settings }, { model: MODEL });

const at = 'deployment.decode.group1';

describe("omni's checks", () => {
  it('have nothing to say of a plain deployment', () => {
    expect(said({})).toEqual([]);
    expect(said(placed({ enableDynamic: true, maxRedundantPerExpert: 4, maxRedundantPerRank: 1 }))).toEqual([]);
    expect(said(placed({ enableDump: true, dumpDir: '/data/dump' }))).toEqual([]);
  });

  it('find redundancy that cannot be, or is of no use', () => {
    expect(said(placed({ enableDynamic: true, maxRedundantPerRank: 1 }))).toEqual([
      `error placement_setting ${at}.placement.max_redundant_per_rank: max_redundant_per_rank is 1, but max_redundant_per_expert is 1: no expert may have a second copy.`,
    ]);
    expect(said(placed({ enableDynamic: true, maxRedundantPerExpert: 3 }))).toEqual([
      `warning placement_setting ${at}.placement.max_redundant_per_expert: max_redundant_per_expert is 3, but max_redundant_per_rank is 0: there is no slot for a copy.`,
    ]);
    expect(said(placed({ enableDynamic: true, maxRedundantPerExpert: 10, maxRedundantPerRank: 1 }))).toEqual([
      `error placement_setting ${at}.placement.max_redundant_per_expert: max_redundant_per_expert is 10, but decode group1 has 4 dies.`,
    ]);
    const gathers = { operator_optimizition_config: { prefill_moe_all_to_all: false } };
    expect(
      said(
        decode({
          extraConfig: gathers,
          placement: { ...PLACEMENT, enableDynamic: true, maxRedundantPerExpert: 2, maxRedundantPerRank: 1 },
        }),
      ),
    ).toEqual([
      `error placement_setting ${at}.placement.max_redundant_per_rank: Redundant experts and AllGather communication (prefill_moe_all_to_all: false) do not work together.`,
    ]);
  });

  it('find experts that the dies cannot share evenly', () => {
    expect(said({ decode: [{ hosts: ['10.0.0.2'], dies: [0, 1, 2] }] })).toEqual([
      "error placement_setting services.model.experts: 256 experts can't be spread evenly over the 3 dies of decode group1.",
    ]);
  });

  it('find that moving experts balances nothing where each die has one', () => {
    const model = { moeLayers: 2, experts: 4, topK: 2, firstDenseLayers: 0 };
    expect(said(placed({ enableDynamic: true }, { model }))).toEqual([
      `warning placement_setting ${at}.placement.enable_dynamic: Each of the 4 dies of decode group1 holds one expert: moving them balances nothing.`,
    ]);
    const redundant = { enableDynamic: true, maxRedundantPerExpert: 2, maxRedundantPerRank: 1 };
    expect(said(placed(redundant, { model }))).toEqual([]);
    expect(said(placed({}, { model }))).toEqual([]);
  });

  it('find dumps that would be misread or never written', () => {
    expect(said(placed({ enableDump: true, enableDynamic: true, dumpDir: '/d' }))).toEqual([
      `warning dump_misread ${at}.placement.enable_dump: enable_dump and enable_dynamic are both true: the counts would be of places whose experts change.`,
    ]);
    expect(said(placed({ enableDump: true }))).toEqual([
      `error placement_setting ${at}.placement.enable_dump: enable_dump is true, but there is no dump_dir: OmniPlacement would write no dump.`,
    ]);
    const dumping = withPattern({ enableDump: true, dumpDir: '/d' });
    expect(said(dumping, BASE)).toEqual([]);
    for (const other of [MOVED, REDUNDANT]) {
      expect(said(dumping, other)).toEqual([
        `warning dump_misread ${at}.placement.enable_dump: enable_dump is true while /home/user/p.npy moves experts: the counts are of places in it, not of experts.`,
      ]);
    }
  });

  it('say that settings of a placement that is off have no effect', () => {
    expect(said(placed({ enabled: false, enableDynamic: true }))).toEqual([
      `warning ignored_setting ${at}.placement.enable_dynamic: placement.enable_dynamic has no effect: placement.enabled is false.`,
    ]);
  });

  it('find a pattern that is none, or of another shape', () => {
    expect(said(withPattern(), new TextEncoder().encode('not a pattern'))).toEqual([
      `error pattern_unreadable ${at}.placement.pattern_path: /home/user/p.npy is no pattern: not a .npy file: it does not begin with \\x93NUMPY.`,
    ]);
    expect(
      said(
        withPattern(),
        pattern((rank) => [rank], 8),
      ),
    ).toEqual([
      `error pattern_shape ${at}.placement.pattern_path: /home/user/p.npy has the shape (8, 2, 8), decode group1 needs (4, 2, 8).`,
    ]);
    expect(said(withPattern({ maxMoeLayerNum: 3 }), BASE)).toEqual([
      `error pattern_shape ${at}.placement.pattern_path: /home/user/p.npy has the shape (4, 2, 8), decode group1 needs (4, 3, 8).`,
    ]);
    expect(said(withPattern(), writeNpyInt32([4, 8], new Int32Array(32)))).toEqual([
      `error pattern_shape ${at}.placement.pattern_path: /home/user/p.npy has the shape (4, 8), decode group1 needs (4, 2, 8).`,
    ]);
  });

  it('take sizes that nobody declared from the pattern', () => {
    const model = { moeLayers: null, experts: null, topK: null, firstDenseLayers: null };
    expect(said({ ...withPattern(), model }, BASE)).toEqual([]);
    expect(
      said(
        { ...withPattern(), model },
        pattern((rank) => [rank], 8),
      ),
    ).toEqual([
      `error pattern_shape ${at}.placement.pattern_path: /home/user/p.npy has the shape (8, 2, 8), decode group1 needs (4, MoE layers, experts).`,
    ]);
  });

  it('leave dies of shared experts out of the pattern', () => {
    const shared = { model_parallel_config: { redundancy_shared_expert_num: 2 } };
    expect(
      said(
        withPattern({}, { extraConfig: shared }),
        pattern((rank) => [4 * rank, 4 * rank + 1, 4 * rank + 2, 4 * rank + 3], 2),
      ),
    ).toEqual([]);
  });

  it('find a pattern that is not sound', () => {
    const two = new Int32Array(64).fill(1);
    two[9] = 2;
    expect(said(withPattern(), writeNpyInt32([4, 2, 8], two))).toEqual([
      `error pattern_content ${at}.placement.pattern_path: /home/user/p.npy holds 2 at rank 0, layer 1, expert 1.`,
    ]);
    expect(
      said(
        withPattern(),
        pattern((rank) => [rank]),
      ),
    ).toEqual([
      `error pattern_content ${at}.placement.pattern_path: /home/user/p.npy places expert 4 of layer 0, expert 5 of layer 0, expert 6 of layer 0 and 5 more on no die.`,
    ]);
    expect(
      said(
        withPattern(),
        pattern((rank, layer) => (rank === 0 && layer === 1 ? [0, 1, 2] : [2 * rank, 2 * rank + 1])),
      ),
    ).toEqual([
      `error pattern_content ${at}.placement.pattern_path: /home/user/p.npy holds 2 experts on one die and 3 on another.`,
    ]);
  });

  it('find a redundant pattern that the settings have no room for', () => {
    expect(said(withPattern(), REDUNDANT)).toEqual([]);
    expect(said(withPattern({ enableDynamic: true }), REDUNDANT)).toEqual([
      `error pattern_content ${at}.placement.pattern_path: /home/user/p.npy has up to 2 copies of an expert, max_redundant_per_expert allows 1.`,
    ]);
    expect(
      said(withPattern({ enableDynamic: true, maxRedundantPerExpert: 2, maxRedundantPerRank: 1 }), REDUNDANT),
    ).toEqual([]);
    expect(
      said(
        withPattern({}, { extraConfig: { operator_optimizition_config: { prefill_moe_all_to_all: false } } }),
        REDUNDANT,
      ),
    ).toEqual([
      `error placement_setting ${at}.placement.pattern_path: /home/user/p.npy is redundant, which does not work with AllGather communication (prefill_moe_all_to_all: false).`,
    ]);
  });

  it("find keys of the engine's JSON that end it or are dropped", () => {
    const faults = faultsOf(
      decode({
        extraConfig: {
          model_parallel_config: { dense_mlp_tp_sise: 4, dp_size: 64 },
          operator_optimizition_config: { enable_mc2_v2: true, gmm_nzz: true, use_omni_placement: false },
          operator_optimization_config: { gmm_nz: true },
        },
      }),
    );
    expect(inWords(faults)).toEqual([
      `error engine_key ${at}.extra_config.model_parallel_config.dense_mlp_tp_sise: OmniInfer knows no \`dense_mlp_tp_sise\` in model_parallel_config, and does not start with it.`,
      `error engine_value ${at}.extra_config.model_parallel_config.dp_size: dp_size is 64, but this decode instance has 4.`,
      // enable_mc2_v2 is a key of v0.4
      `error engine_key ${at}.extra_config.operator_optimizition_config.gmm_nzz: OmniInfer knows no \`gmm_nzz\` in operator_optimizition_config, and does not start with it.`,
      `error engine_value ${at}.extra_config.operator_optimizition_config.use_omni_placement: \`use_omni_placement\` is written by omniplace, from \`placement.enabled\`.`,
      `error engine_key ${at}.extra_config.operator_optimization_config: OmniInfer reads no section \`operator_optimization_config\`: what is in it would be dropped.`,
    ]);
    expect(faults.map(({ hint }) => hint).filter((hint) => hint?.startsWith('Did'))).toEqual([
      'Did you mean dense_mlp_tp_size?',
      'Did you mean gmm_nz?',
      'Did you mean operator_optimizition_config?',
    ]);
  });

  it('find misspelt and doubled keys of OmniPlacement: the templates themselves shipped `enale_dynamic`', () => {
    const faults = faultsOf(
      decode(
        {
          additionalConfig: {
            omni_placement_config: { enale_dynamic: false, enable_dump: true },
            enable_omni_placment: true,
          },
        },
        { generation: 'v0.6' },
      ),
    );
    expect(inWords(faults)).toEqual([
      `warning engine_key ${at}.additional_config.enable_omni_placment: OmniInfer reads no \`enable_omni_placment\` in --additional-config.`,
      `error engine_key ${at}.additional_config.omni_placement_config.enale_dynamic: OmniPlacement knows no \`enale_dynamic\`, and would take the default for what was meant.`,
      `error engine_value ${at}.additional_config.omni_placement_config.enable_dump: \`enable_dump\` is written by omniplace, from \`placement.enable_dump\`.`,
    ]);
    expect(faults[1]!.hint).toBe('Did you mean enable_dynamic?');
  });

  it('find arguments that omniplace gives itself', () => {
    expect(said(decode({ extraArgs: ['--max-num-seqs', '64', '--swap-space=8', '--max_model_len=9'] }))).toEqual([
      `error engine_argument ${at}.extra_args.0: \`--max-num-seqs\` is given by omniplace, from max_num_seqs; twice, the proxy and the servers could disagree.`,
      `error engine_argument ${at}.extra_args.3: \`--max-model-len\` is given by omniplace, from max_model_len; twice, the proxy and the servers could disagree.`,
    ]);
  });

  it('warn of lengths that dies cannot share and of limits the proxy cannot keep apart', () => {
    expect(said({ prefill: [{ hosts: ['10.0.0.1'], settings: { maxModelLen: 31_999 } }] })).toEqual([
      'warning engine_value deployment.prefill.group1.max_model_len: max_model_len 31999 is no multiple of the 4 dies of prefill group1.',
    ]);
    expect(said({ prefill: [{ hosts: ['10.0.0.1'] }, { hosts: ['10.0.0.3'], settings: { maxNumSeqs: 8 } }] })).toEqual([
      'warning engine_value deployment.prefill.group2.max_num_seqs: max_num_seqs is 8 in prefill group2 and 16 in prefill group1; the proxy knows one number for all.',
    ]);
  });

  it('warn of a decode length below that of prefill, but not where the file leaves both open', () => {
    const parts = decode({ maxModelLen: 16_384 });
    expect(said(parts)).toEqual([
      `warning engine_value ${at}.max_model_len: max_model_len is 16384 in decode group1 and 32000 in prefill group1: decode refuses longer prompts that prefill has computed.`,
    ]);
    // neither is written: both are placed at the map around them
    expect(inWords(faultsOf(parts, null, () => ({ line: 1, col: 1 })))).toEqual([]);
    expect(said(decode({ maxModelLen: 32_000 }))).toEqual([]);
  });

  it('refuse another connector in decode than in prefill', () => {
    const [own, other] = [{ kvTransferConfig: {} }, { kvTransferConfig: { kv_connector: 'Other' } }];
    const both = (prefill: FakeSettings, settings: FakeSettings): FakeDeployment => ({
      prefill: [{ hosts: ['10.0.0.1'], settings: prefill }],
      decode: [{ hosts: ['10.0.0.2'], settings }],
    });
    const fault = (text: string) =>
      said(text === 'prefill' ? both(other, own) : both(own, other)).filter((line) => line.includes('kv_connector'));
    expect(fault('prefill')).toEqual([
      'error engine_value deployment.prefill.group1.kv_transfer_config.kv_connector: decode group1 has AscendHcclConnectorV1, and prefill group1 has Other: no cache goes from one to the other.',
    ]);
    expect(fault('decode')).toEqual([
      `error engine_value ${at}.kv_transfer_config.kv_connector: decode group1 has Other, and prefill group1 has AscendHcclConnectorV1: no cache goes from one to the other.`,
    ]);
    expect(said(both(other, other)).filter((line) => line.includes('no cache goes'))).toEqual([]);
    const several = { kvTransferConfig: { kv_connector: 'MultiConnector' } };
    expect(said(both(several, own)).filter((line) => line.includes('no cache goes'))).toEqual([]);
  });

  it('refuse groups of a role whose servers have other sizes', () => {
    const groups = (settings: readonly FakeSettings[], offset: number) =>
      settings.map((each, i) => ({ hosts: [`10.0.0.${offset + i}`], settings: each }));
    const sizes = (parts: FakeDeployment) => said(parts).filter((line) => line.includes('to have the same'));
    expect(sizes({ decode: groups([{ tp: 4 }, { tp: 2 }], 2) })).toEqual([
      'error engine_value deployment.decode.group2.tp: Servers of decode group2 have tp 2, and those of decode group1 tp 4: prefill takes all of decode to have the same (kv_parallel_size).',
    ]);
    expect(sizes({ decode: groups([{ tp: 2 }, { tp: 2 }], 2) })).toEqual([]);
    expect(sizes({ decode: groups([{ tp: 4 }, { tp: 2, kvTransferConfig: { kv_parallel_size: 4 } }], 2) })).toEqual([]);
    expect(sizes({ prefill: groups([{ tp: 2, pp: 2 }, { tp: 4 }], 5) })).toEqual([
      'error engine_value deployment.prefill.group2.pp: prefill group2 has 1 stage, and prefill group1 has 2: decode takes all of prefill to have the same.',
    ]);
    expect(sizes({ prefill: groups([{ tp: 2 }, { tp: 4 }], 5) })).toEqual([
      'error engine_value deployment.prefill.group2.tp: prefill group2 has 1 data-parallel rank, and prefill group1 has 2: decode takes all of prefill to have the same.',
    ]);
  });

  it('refuse servers that the dies of an instance do not give', () => {
    expect(said(decode({ tp: 3 }))).toEqual([
      `error engine_value ${at}.tp: A server of 3 dies does not fit decode group1, which has 4.`,
    ]);
    expect(said(decode({ tp: 2 }))).toEqual([]);
    expect(said(decode({ tp: 4 }))).toEqual([]);
    expect(said(decode({ numServers: 2 }))).toEqual([]);
    expect(said(decode({ numServers: 2, tp: 2 }))).toEqual([]);
    expect(said(decode({ numServers: 2, tp: 1 }))).toEqual([
      `error engine_value ${at}.num_servers: num_servers is 2, but each host of decode group1 has 4 servers of 1 dies.`,
    ]);
    expect(said(decode({ numServers: 3 }))).toEqual([
      `error engine_value ${at}.num_servers: num_servers is 3, but each host of decode group1 has 4 servers of 1 dies.`,
    ]);
  });

  it('refuse servers of several dies on several hosts where pd_run.sh takes one offset for servers and dies', () => {
    const parts: FakeDeployment = { decode: [{ hosts: ['10.0.0.2', '10.0.0.3'], settings: { tp: 2 } }] };
    expect(said(parts)).toEqual([
      `error engine_version ${at}.tp: pd_run.sh of OmniInfer 0.3.0 gives ranks of several dies on further hosts wrong dies.`,
    ]);
    expect(said({ ...parts, launcher: 'api_servers' })).toEqual([]);
    expect(said({ ...parts, generation: null })).toEqual([]);
    expect(said({ decode: [{ hosts: ['10.0.0.2', '10.0.0.3'], settings: { tp: 8 } }] })).toEqual([]);
  });

  it('refuse keys that the version of pd_run.sh has no argument for', () => {
    const settings = { rayPort: 6400, rayMinWorkerPort: 10_000, rayMaxWorkerPort: 10_100, procBind: true };
    expect(said(decode(settings))).toEqual([
      `error engine_version ${at}.ray_port: pd_run.sh of OmniInfer 0.3.0 has no --ray-port.`,
      `error engine_version ${at}.ray_min_worker_port: pd_run.sh of OmniInfer 0.3.0 has no --ray-min-worker-port.`,
      `error engine_version ${at}.ray_max_worker_port: pd_run.sh of OmniInfer 0.3.0 has no --ray-max-worker-port.`,
      `error engine_version ${at}.proc_bind: OmniInfer 0.3.0 has no list of functions by which processes mark themselves for bind_cpu.sh.`,
    ]);
    expect(said(decode(settings, { generation: null }))).toEqual([]);
  });

  it('refuse what a key of its own and extra_args or env both set', () => {
    const written = { ...ARGUMENTS, load_format: 'dummy', enable_chunked_prefill: false };
    const settings: FakeSettings = {
      arguments: written,
      extraArgs: ['--load_format=auto', '--enable-chunked-prefill'],
      zmqPort: 5600,
      env: { VLLM_LLMDATADIST_ZMQ_PORT: '5601' },
    };
    expect(said(decode(settings))).toEqual([
      `error engine_argument ${at}.extra_args.0: \`--load-format\` is given by \`load_format\` too.`,
      `error engine_argument ${at}.extra_args.1: \`--enable-chunked-prefill\` is given by \`enable_chunked_prefill\` too.`,
      `error engine_variable ${at}.env.VLLM_LLMDATADIST_ZMQ_PORT: VLLM_LLMDATADIST_ZMQ_PORT is set by \`vllm_llmdatadist_zmq_port\` too.`,
    ]);
  });

  it('refuse keys that contradict each other or miss another', () => {
    const other = { ...ARGUMENTS, speculative_config: { method: 'eagle3' }, enable_auto_tool_choice: true };
    const settings = { arguments: other, numSpeculativeTokens: 2, ppLayerPartition: '30,31' };
    expect(
      said(decode({ ...settings, rayMinWorkerPort: 9, rayMaxWorkerPort: 8 }, { launcher: 'api_servers' })),
    ).toEqual([
      `error engine_value ${at}.enable_auto_tool_choice: enable_auto_tool_choice needs tool_call_parser: vLLM does not start without it.`,
      `warning ignored_setting ${at}.num_speculative_tokens: num_speculative_tokens has no effect: speculative_config replaces MTP.`,
      `error engine_value ${at}.pp_layer_partition: pp_layer_partition has 2 stages, and pp is 1.`,
      `error engine_value ${at}.ray_min_worker_port: ray_min_worker_port 9 is above ray_max_worker_port 8.`,
    ]);
  });

  it('refuse JSON with blanks where it goes through arguments that are split at blanks', () => {
    const blanks = { ...ARGUMENTS, kv_events_config: { topic: 'a b' } };
    expect(said(decode({ arguments: blanks }))).toEqual([
      `error engine_argument ${at}.kv_events_config: The JSON of kv_events_config would reach vLLM in pieces: OmniInfer splits its arguments at blanks.`,
    ]);
  });

  it('refuse what the launcher of the version can not start, and name the other one', () => {
    expect(said(decode({ numSpeculativeTokens: 0 }))).toEqual([
      `error engine_version ${at}.num_speculative_tokens: pd_run.sh of OmniInfer 0.3.0 starts every server with MTP of one token.`,
    ]);
    expect(said(decode({ kvTransferConfig: { kv_port: 1 } }))).toEqual([
      `error engine_version ${at}.kv_transfer_config: pd_run.sh of OmniInfer 0.3.0 has no --kv-transfer-config.`,
    ]);
    expect(said(decode({ pp: 2, tp: 2 }))).toEqual([
      `error engine_version ${at}.pp: pd_run.sh of OmniInfer 0.3.0 has no --pp.`,
    ]);
    const direct: FakeDeployment = { launcher: 'api_servers' };
    expect(said(decode({ numSpeculativeTokens: 0, kvTransferConfig: { kv_port: 1 } }, direct))).toEqual([]);
    expect(said(decode({ numSpeculativeTokens: 2, pp: 2, tp: 2 }, { ...direct, generation: null }))).toEqual([]);
  });

  it('know every key of --additional-config that OmniInfer reads', () => {
    expect(said(decode({ additionalConfig: { multi_thread_pull_kv: true, multi_rank_pull_kv: true } }))).toEqual([]);
    expect(said(decode({ additionalConfig: { multi_thread_pul_kv: true } }))).toHaveLength(1);
  });

  it('take a switch of OmniPlacement that agrees, and its keys where it is off', () => {
    const off = { ...PLACEMENT, enabled: false };
    const config = { enable_omni_placement: false, omni_placement_config: { enable_dynamic: true } };
    expect(said(decode({ placement: off, additionalConfig: config }))).toEqual([]);
    expect(said(decode({ additionalConfig: { enable_omni_placement: false } }))).toEqual([
      `error engine_value ${at}.additional_config.enable_omni_placement: \`enable_omni_placement\` is written by omniplace, from \`placement.enabled\`.`,
    ]);
  });

  it('point at a misspelt key, not at its value', () => {
    const asked: [string, string | undefined][] = [];
    const place: Positions = (path, at) => {
      asked.push([path, at]);
      return { line: ++nextLine, col: 1 };
    };
    faultsOf(decode({ extraConfig: { model_parallel_config: { dp_sise: 4 } } }), null, place);
    expect(asked.at(-1)).toEqual([`${at}.extra_config.model_parallel_config.dp_sise`, 'key']);
  });

  it('say once what several groups inherit from one place', () => {
    const settings = { placement: { ...PLACEMENT, enableDump: true } };
    const atServices = (path: string) => ({ line: path.startsWith('services.prefill.placement.') ? 7 : 1, col: 1 });
    const faults = faultsOf(
      {
        prefill: [
          { hosts: ['10.0.0.1'], settings },
          { hosts: ['10.0.0.3'], settings },
        ],
      },
      null,
      atServices,
    );
    expect(faults.map(({ path, line }) => [path, line])).toEqual([['services.prefill.placement.enable_dump', 7]]);
  });

  it("look at a host's own settings, and say it is the host's", () => {
    const odd = fakeSettings('decode', { extraConfig: { model_parallel_config: { dp: 1 } } });
    expect(
      said({ decode: [{ hosts: ['10.0.0.2', '10.0.0.3'], overrides: { '10.0.0.3': { settings: odd } } }] }),
    ).toEqual([
      'error engine_key deployment.decode.group1.host 10.0.0.3.extra_config.model_parallel_config.dp: OmniInfer knows no `dp` in model_parallel_config, and does not start with it.',
      'warning unequal_settings deployment.decode.group1.host 10.0.0.3.extra_config: Decode group1 has another `extra_config` on 10.0.0.3 than on 10.0.0.2.',
    ]);
  });

  it('warn of hosts of one instance that differ in a key of OmniInfer that its ranks must share', () => {
    const odd = fakeSettings('decode', {
      additionalConfig: { a: 1 },
      placement: { ...PLACEMENT, enableDynamic: true, maxRedundantPerExpert: 2, maxRedundantPerRank: 1 },
    });
    const faults = said({
      decode: [{ hosts: ['10.0.0.2', '10.0.0.3'], overrides: { '10.0.0.3': { settings: odd } } }],
    });
    expect(faults.filter((fault) => fault.includes('unequal_settings'))).toEqual([
      'warning unequal_settings deployment.decode.group1.host 10.0.0.3.additional_config: Decode group1 has another `additional_config` on 10.0.0.3 than on 10.0.0.2.',
      'warning unequal_settings deployment.decode.group1.host 10.0.0.3.placement: Decode group1 has another `placement` on 10.0.0.3 than on 10.0.0.2.',
    ]);
  });

  it('refuse OmniPlacement where prefill and decode are one', () => {
    const { settings } = fakeDeployment({ mixed: [{ hosts: ['10.0.0.1'] }] }).mixed[0]!;
    expect(said({ mixed: [{ hosts: ['10.0.0.1'] }] })).toEqual([]);
    expect(said({ mixed: [{ hosts: ['10.0.0.1'], settings: { ...settings, placement: PLACEMENT } }] })).toEqual([
      'error placement_setting deployment.mixed.group1.placement.enabled: OmniPlacement needs prefill and decode apart; this server does both.',
    ]);
  });

  it('warn of keys that have no effect where prefill and decode are one', () => {
    const settings = fakeSettings('mixed', {
      numSpeculativeTokens: 2,
      procBind: true,
      kvTransferConfig: { kv_port: 5 },
    });
    expect(said({ mixed: [{ hosts: ['10.0.0.1'], settings }] })).toEqual([
      'warning ignored_setting deployment.mixed.group1.num_speculative_tokens: num_speculative_tokens has no effect on mixed servers.',
      'warning ignored_setting deployment.mixed.group1.proc_bind: proc_bind has no effect on mixed servers.',
      'warning ignored_setting deployment.mixed.group1.kv_transfer_config: kv_transfer_config has no effect on mixed servers.',
    ]);
  });

  it('find two wheels of one package, as after a build of another version', () => {
    const wheels = (...names: string[]) => said({ wheels: names.map((name) => `/home/user/dist/${name}`) });
    expect(wheels('omni_infer-0.4.0-py3-none-any.whl', 'vllm-0.9.0-py3-none-any.whl')).toEqual([]);
    expect(wheels('omni_infer-0.4.0-py3-none-any.whl', 'Omni.Infer-0.5.0-py3-none-any.whl')).toEqual([
      'error wheel_twice services.wheels: omni_infer-0.4.0-py3-none-any.whl and Omni.Infer-0.5.0-py3-none-any.whl are wheels of one package: pip would refuse both.',
    ]);
    expect(wheels('*.whl', '*.whl')).toEqual([]);
  });

  it('point at the word of the file that stands for a key', () => {
    const text = `deployment:
  defaults: {agent: true, ascend_rt_visible_devices: "0,1"}
  prefill: {group1: {hosts: 10.0.0.1, master_port: 8000, base_api_port: 9000}}
  decode: {group1: {hosts: 10.0.0.2, master_port: 8100, base_api_port: 9100}}
  proxy: {host: 10.0.0.1, listen_port: 7000}
services:
  docker_image: i
  model_path: /m
  decode:
    extra_config: {operator_optimizition_config: {prefill_moe_all_to_all: false, mearge_qkv: true}}
    placement: {mode: redundant, dump: true}
  generation: v0.3
`;
    const { deployment, positions } = readDeployment(text, { file: 'c.yml', directory: '/', home: '/' });
    const faults = omniEngine.checks(deployment!, topologyOf(deployment!), NO_INPUTS, positions);
    expect(faults.map(({ code, line, col, path }) => `${line}:${col} ${code} ${path}`)).toEqual([
      // the key, not its value
      '10:82 engine_key services.decode.extra_config.operator_optimizition_config.mearge_qkv',
      '11:23 placement_setting services.decode.placement.mode',
      '11:40 dump_misread services.decode.placement.dump',
    ]);
  });
});

describe('what omni says of groups', () => {
  it('finds hosts of one instance with different numbers of dies', () => {
    const overrides = { '10.0.0.9': { dies: [0, 1] } };
    expect(said({ prefill: [{ hosts: ['10.0.0.1', '10.0.0.9'], overrides }] })).toContain(
      'error unequal_dies deployment.prefill.group1.host 10.0.0.9.ascend_rt_visible_devices: Prefill group1 has 4 dies on 10.0.0.1, but 2 on 10.0.0.9.',
    );
    expect(said({ decode: [{ hosts: ['10.0.0.2', '10.0.0.9'], overrides }] })).toContain(
      'warning unequal_dies deployment.decode.group1.host 10.0.0.9.ascend_rt_visible_devices: Decode group1 has 4 dies on 10.0.0.2, but 2 on 10.0.0.9.',
    );
  });

  it('warns of several decode groups', () => {
    expect(said({ decode: [{ hosts: ['10.0.0.2'] }, { hosts: ['10.0.0.3'] }] })).toEqual([
      'warning several_decode_groups deployment.decode.group2: There are 2 decode groups; OmniInfer vouches for one.',
    ]);
  });

  it('wants a build host that runs a server', () => {
    expect(said({ buildHost: '10.0.0.2' })).toEqual([]);
    expect(said({ buildHost: '10.0.0.9', proxy: { host: '10.0.0.9' } })).toEqual([
      'error unknown_build_host services.build_host: No server of this deployment runs on `10.0.0.9`, so there is no container to build wheels in.',
    ]);
  });
});

describe("omni's checks of what scripts can be given", () => {
  it('refuse arguments that OmniInfer would split, with the place', () => {
    const faults = faultsOf(
      decode({ extraArgs: ['--a', '{"b": 1}', '--c={"d": [1, 2]}', '--swap-space 8', 'x y', ''] }),
    );
    expect(inWords(faults)).toEqual([
      `error engine_argument ${at}.extra_args.3: "--swap-space 8" would reach vLLM in pieces: OmniInfer splits extra_args at blanks, with or without quotes.`,
      `error engine_argument ${at}.extra_args.4: "x y" would reach vLLM in pieces: OmniInfer splits extra_args at blanks, with or without quotes.`,
      `error engine_argument ${at}.extra_args.5: An empty argument is lost: OmniInfer splits extra_args at blanks.`,
    ]);
    expect(faults[0]!.hint).toBe('Write two arguments: --swap-space, 8.');
  });

  it('refuse variables that pd_run.sh sets itself, and name the other launcher', () => {
    const env = {
      HCCL_EXEC_TIMEOUT: '1800',
      HCCL_CONNECT_TIMEOUT: '1800',
      VLLM_LOGGING_LEVEL: 'DEBUG',
      MASTER_PORT: '1',
    };
    const faults = faultsOf(decode({ env }));
    expect(inWords(faults)).toEqual([
      `error engine_variable ${at}.env.HCCL_EXEC_TIMEOUT: pd_run.sh of OmniInfer 0.3.0 sets HCCL_EXEC_TIMEOUT itself, to "120", and has no flag for it.`,
      `error engine_variable ${at}.env.MASTER_PORT: omniplace gives MASTER_PORT itself, by --master-port of pd_run.sh.`,
    ]);
    expect(faults[0]!.hint).toBe('Set services.launcher: api_servers, which passes on all of `env`; or remove it.');
    expect(said(decode({ env }, { launcher: 'api_servers' }))).toEqual([]);
  });
});

describe("omni's checks of what newer versions read", () => {
  const newest = { generation: null } as const;

  it('take keys of their loaders, and warn of others: they are dropped', () => {
    const extraConfig = {
      model_parallel_config: { attn_sp_size: 2, enable_share_expert_tp: true, dp_size: 9, nothing: 1 },
      operator_optimization_config: { decode_flash_comm_1: false },
    };
    expect(said(decode({ extraConfig }, newest))).toEqual([
      `warning engine_key ${at}.extra_config.model_parallel_config.nothing: OmniInfer knows no \`nothing\` in model_parallel_config, and drops it without a word.`,
    ]);
  });

  it('warn only of experts that do not divide the dies: they may set redundant shared experts themselves', () => {
    const model = { ...MODEL, experts: 7 };
    expect(faultsOf(placed({}, { ...newest, model })).map(({ severity }) => severity)).toEqual(['warning']);
    expect(faultsOf(placed({}, { model })).map(({ severity }) => severity)).toEqual(['error']);
  });
});

describe("omni's checks of who reads extra_config", () => {
  const extraConfig = { operator_optimizition_config: { gmm_nz: false } };

  it('warn where the version chooses its own', () => {
    expect(said(decode({ extraConfig }))).toEqual([]);
    expect(said(decode({ extraConfig }, { generation: 'v0.6' }))).toEqual([
      `warning ignored_setting ${at}.extra_config: extra_config has no effect: OmniInfer 0.6.0 chooses its configuration by model, devices and numbers of instances.`,
    ]);
  });
});
