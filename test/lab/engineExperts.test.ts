import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basePattern } from '../../src/lab/code.ts';
import { makeActivation } from '../../src/lab/engines/omni/experts/activation.ts';
import { planDynamic } from '../../src/lab/engines/omni/experts/dynamic.ts';
import { makeGate } from '../../src/lab/engines/omni/experts/gate.ts';
import { parByLayer } from '../../src/lab/engines/omni/experts/par.ts';
import { affinePosition, makeSelector } from '../../src/lab/engines/omni/experts/selector.ts';
import { readSlots, type Slots } from '../../src/lab/engines/omni/experts/slots.ts';
import { parseNpy } from '../../src/placement/formats/npy.ts';
import { EngineRig } from './engineProcess.ts';
import { freePorts, get, post, type Running, until } from './processRig.ts';

// one layer, 4 experts on 2 ranks of 3 slots: experts 0 and 2 have a replica on each rank
const SLOTS: Slots = {
  numLayers: 1,
  numExperts: 4,
  numRanks: 2,
  slotsPerRank: 3,
  experts: Int32Array.of(0, 1, 2, 0, 2, 3),
};

describe('the affine split', () => {
  // 8 ranks of 2 slots, 4 ranks per host; replicas on ranks 1, 2 (host 0) and 5 (host 1)
  const replicas = [2, 5, 11];

  it.each([
    [0, 2, 'no replica of its own: the two on its host, [0 % 2]'],
    [1, 2, 'its own'],
    [2, 5, 'its own'],
    [3, 5, 'the two on its host, [3 % 2]'],
    [4, 11, 'the only one on its host'],
    [5, 11, 'its own'],
    [7, 11, 'the only one on its host'],
  ])('gives source rank %i position %i: %s', (source, position) => {
    expect(affinePosition(replicas, source, 2, 4)).toBe(position);
  });

  it('spreads the ranks of a host without a replica over all of them', () => {
    const sources = [8, 9, 10, 11];
    expect(sources.map((source) => affinePosition(replicas, source, 2, 4))).toEqual([11, 2, 5, 11]);
  });

  it('lets a single replica serve every rank', () => {
    expect([0, 3, 6].map((source) => affinePosition([9], source, 2, 4))).toEqual([9, 9, 9]);
  });
});

describe('the round robin split', () => {
  it('takes the replicas in turn, by the index of the token on its rank', () => {
    const select = makeSelector(SLOTS, false, 2);
    expect([0, 1, 2].map((token) => select(0, 0, 1, token))).toEqual([0, 3, 0]);
    expect([0, 1, 2].map((token) => select(0, 3, 1, token))).toEqual([5, 5, 5]);
  });
});

describe('activation counts', () => {
  // every token goes to all 4 experts, so the counts follow from the split alone
  const count = (affine: boolean, sources: readonly number[]) => {
    const activation = makeActivation({
      slots: SLOTS,
      gate: makeGate(1, 1, 4),
      selectorOf: (slots) => makeSelector(slots, affine, 2),
      sources,
      numLayers: 1,
      topK: 4,
    });
    for (let token = 0; token < 6; token++) activation.route(token, 1, 0);
    return [...activation.counts];
  };

  it('are those of the own rank under the affine split', () => {
    expect(count(true, [0])).toEqual([6, 6, 6, 0, 0, 6]);
    expect(count(true, [1])).toEqual([0, 6, 0, 6, 6, 6]);
  });

  it('are shared evenly under the round robin split', () => {
    expect(count(false, [0])).toEqual([3, 6, 3, 3, 3, 6]);
  });

  it('go round the ranks of a prefill process', () => {
    expect(count(true, [0, 1])).toEqual([3, 6, 3, 3, 3, 6]);
  });

  it('give PAR: the peak of the ranks over their average', () => {
    expect(parByLayer(Float64Array.from(count(true, [0])), SLOTS)).toEqual([18 / 12]);
    expect(parByLayer(new Float64Array(6), SLOTS)).toEqual([1]);
  });
});

describe('the gate', () => {
  it('chooses the same distinct experts for the same seed, layer, token and skew', () => {
    expect(choices(1, 0.8, 4)).toEqual(choices(1, 0.8, 4));
    expect(choices(1, 0.8, 4)).not.toEqual(choices(2, 0.8, 4));
    expect(choices(1, 0.8, 4)).toEqual([
      [0, 3, 1],
      [0, 1, 6],
      [7, 1, 2],
      [2, 0, 1],
    ]);
    for (const chosen of choices(1, 9, 50)) expect(new Set(chosen).size).toBe(3);
  });

  it('follows the zipf law it is given', () => {
    const gate = makeGate(5, 1, 4);
    const counts = new Float64Array(4);
    const out = new Int32Array(1);
    for (let token = 0; token < 20_000; token++) {
      gate(0, token * 7919, 1, 0, out);
      counts[out[0]!]!++;
    }
    const shares = [...counts].sort((a, b) => b - a).map((tokens) => tokens / 20_000);
    // 1, 1/2, 1/3, 1/4 over their sum 25/12
    [0.48, 0.24, 0.16, 0.12].forEach((share, at) => {
      expect(shares[at]).toBeCloseTo(share, 1.7);
    });
  });
});

describe('drifting traffic', () => {
  const hottest = (drift: number): number => {
    const counts = new Float64Array(8);
    for (const chosen of choices(3, 3, 400, drift)) for (const expert of chosen.slice(0, 1)) counts[expert]!++;
    return counts.indexOf(Math.max(...counts));
  };

  it('has other hot experts at each whole number, the same whenever it is asked', () => {
    const times = [0, 1, 2, 3, 4, 5];
    expect(times.map(hottest)).toEqual([1, 3, 0, 1, 5, 6]);
    expect(choices(3, 3, 50, 7)).not.toEqual(choices(3, 3, 50, 0));
    expect(times.map(hottest)).toEqual([1, 3, 0, 1, 5, 6]);
  });

  it('goes over from one time to the next token by token', () => {
    const [from, half, to] = [0, 0.5, 1].map((drift) => choices(3, 1, 2000, drift));
    const share = (of: number[][]) => half!.filter((chosen, token) => `${chosen}` === `${of[token]}`).length / 2000;
    expect(share(from!)).toBeCloseTo(0.5, 1);
    // each token goes by one of the two in all
    expect(half!.every((chosen, token) => [`${from![token]}`, `${to![token]}`].includes(`${chosen}`))).toBe(true);
  });
});

describe('dynamic mode', () => {
  // 2 layers, 4 experts on 2 ranks of 3 slots
  const slots: Slots = {
    numLayers: 2,
    numExperts: 4,
    numRanks: 2,
    slotsPerRank: 3,
    experts: Int32Array.of(0, 1, -1, 2, 3, -1, 0, 1, -1, 2, 3, -1),
  };

  it('leaves what is even', () => {
    const even = Float64Array.of(50, 50, 0, 50, 50, 0, 54, 50, 0, 50, 50, 0);
    expect(planDynamic(slots, even, 2, 60_000)).toEqual([]);
  });

  it('changes an uneven layer, after the time its weights travel: less where windows are shorter', () => {
    const uneven = Float64Array.of(50, 50, 0, 50, 50, 0, 160, 20, 0, 10, 10, 0);
    const [round, ...more] = planDynamic(slots, uneven, 2, 60_000);
    expect(more).toEqual([]);
    // experts 0 and 1 have a replica each then; what stays on a rank keeps its slot
    expect(round!.changes).toEqual([{ layer: 1, experts: [0, 1, 2, 0, 3, 1] }]);
    expect(planDynamic(slots, uneven, 2, 1_000)[0]!.ms).toBeCloseTo(round!.ms / 60, 12);
    expect(planDynamic(slots, uneven, 1, 60_000)[0]!.changes[0]!.experts.filter((expert) => expert === 0)).toEqual([0]);
  });
});

describe('slots', () => {
  const config = {
    patternPath: null,
    maxMoeLayerNum: 2,
    enableDynamic: false,
    maxRedundantPerExpert: null,
    maxRedundantPerRank: 0,
    enableRankRoundRobin: true,
    dumpDir: null,
  };

  it('hold the base placement without a pattern', () => {
    expect([...readSlots(config, 2, 4, 2).experts]).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
  });

  it('leave room for replicas when placement is dynamic', () => {
    const slots = readSlots({ ...config, enableDynamic: true, maxRedundantPerRank: 1 }, 2, 4, 2);
    expect(slots.slotsPerRank).toBe(3);
    expect([...slots.experts]).toEqual([0, 1, -1, 2, 3, -1, 0, 1, -1, 2, 3, -1]);
  });

  it('need a number of experts that the ranks divide', () => {
    expect(() => readSlots(config, 2, 4, 3)).toThrow('num_experts (4) must be divisible by the world size (3)');
  });
});

describe('the base pattern files of the image', () => {
  it('are int64 as OmniPlacement ships them, contiguous, behind a header of 128 bytes', () => {
    const bytes = basePattern(2, 1, 4);
    expect(bytes).toHaveLength(128 + 8 * 8);
    const { shape, dtype, data } = parseNpy(bytes);
    expect([shape, dtype]).toEqual([[2, 1, 4], '<i8']);
    expect([...data]).toEqual([1, 1, 0, 0, 0, 0, 1, 1]);
  });
});

describe('two ranks that serve with a redundant pattern', () => {
  let rig: EngineRig;
  let port: number;
  let ranks: Running[];

  beforeAll(async () => {
    rig = await EngineRig.make('v0.5');
    port = await freePorts(3);
    rig.writeModel({ num_hidden_layers: 2, n_routed_experts: 4, num_experts_per_tok: 4 });
    const pattern = rig.write('pattern.npy', npy([2, 1, 4], Int32Array.of(1, 1, 1, 0, 1, 0, 1, 1)));
    rig.write(
      'config_d.yaml',
      `pattern_path: ${pattern}\nmax_moe_layer_num: 1\nenable_dynamic: False\nenable_rank_round_robin: True\nenable_dump: True\ndump_dir: ${rig.folder}/dump\n`,
    );
    const extra = rig.write(
      'extra.json',
      JSON.stringify({
        model_parallel_config: {},
        operator_optimizition_config: { use_omni_placement: true, omni_placement_config_path: 'config_d.yaml' },
      }),
    );
    ranks = [0, 1].map((rank) =>
      rig.startRank(['--port', String(port + rank)], {
        MODEL_EXTRA_CFG_PATH: extra,
        ASCEND_RT_VISIBLE_DEVICES: '0,1',
        VLLM_DP_SIZE: '2',
        VLLM_DP_RANK: String(rank),
        VLLM_DP_MASTER_IP: '127.0.0.1',
        VLLM_DP_MASTER_PORT: String(port + 2),
        LAB_WINDOW_S: '2',
      }),
    );
    await Promise.all(ranks.map((rank) => rank.says('Application startup complete.')));
  });
  afterAll(() => rig.down());

  it('count every token in its physical slot and dump the window in OmniPlacement’s form', async () => {
    // rank 0 routes 2 + 3 tokens, rank 1 routes 1 + 1
    const answers = await Promise.all([
      post(port, '/v1/completions', { prompt: 'aaaa bbbb', max_tokens: 3 }),
      post(port + 1, '/v1/completions', { prompt: 'aaaa', max_tokens: 1 }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const { text } = await get(port, '/metrics');
    expect(slotTokens(text)).toEqual([5, 7, 5, 2, 2, 7]);
    // rank loads 17 and 11
    expect(Number(/^omniplace_lab_par (\S+)$/m.exec(text)![1])).toBeCloseTo(17 / 14, 12);
    expect(slotTokens((await get(port + 1, '/metrics')).text)).toEqual([0, 2, 0, 2, 2, 2]);

    const folders = () => readdirSync(`${rig.folder}/dump`);
    expect(folders()).toEqual([expect.stringMatching(/^\d{8}_\d{6}$/)]);
    const dump = `dump/${folders()[0]}`;
    const window = 'activation_counts_recordstep_1_rank_0.txt';
    await until(() => readdirSync(`${rig.folder}/${dump}`).includes(window));
    expect(rig.read(`${dump}/${window}`)).toBe('5\t7\t5\t2\t2\t7\t\n');
    const after = (await get(port, '/metrics')).text;
    expect(Number(/^omniplace_lab_window_par (\S+)$/m.exec(after)![1])).toBeCloseTo(17 / 14, 12);
    expect(after).toMatch(/^omniplace_lab_recordstep [1-9]\d*$/m);
    expect(after).toMatch(/^omniplace_lab_windows_total 1$/m);
  });

  it('end together when one of them does', async () => {
    ranks[1]!.kill('SIGKILL');
    expect(await ranks[0]!.exit).toBe(1);
    expect(ranks[0]!.output).toContain('EngineDeadError: data-parallel rank 1 is gone');
  });
});

function choices(seed: number, skew: number, numTokens: number, drift = 0): number[][] {
  const gate = makeGate(seed, 2, 8);
  return Array.from({ length: numTokens }, (_, token) => {
    const out = new Int32Array(3);
    gate(1, token, skew, drift, out);
    return [...out];
  });
}

function slotTokens(metrics: string): number[] {
  return [...metrics.matchAll(/^omniplace_lab_slot_tokens_total\{.*\} (\d+)$/gm)].map(([, tokens]) => Number(tokens));
}

function npy(shape: readonly number[], values: Int32Array): Buffer {
  const header = `{'descr': '<i4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`.padEnd(117);
  return Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'),
    Buffer.from(`${header}\n`),
    Buffer.from(values.buffer),
  ]);
}
