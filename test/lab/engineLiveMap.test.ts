import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LoadOptions, runLoad } from '../../src/lab/load.ts';
import { parseNpy } from '../../src/placement/formats/npy.ts';
import { EngineRig } from './engineProcess.ts';
import { freePorts, get, post, type Running, until } from './processRig.ts';

const EXPERTS = 8;
const LAYERS = 2;

/** One instance of engine processes that dump a window every 300 ms. Each token goes to all experts. */
class Instance {
  readonly ranks: Running[] = [];
  port = 0;

  constructor(
    readonly rig: EngineRig,
    readonly name: string,
  ) {}

  async start(processes: number, ranksEach: number, dynamic = 'enable_dynamic: False'): Promise<void> {
    const { rig, name } = this;
    this.port = await freePorts(processes + 1);
    const yaml = rig.write(
      `${name}.yaml`,
      `max_moe_layer_num: ${LAYERS}\n${dynamic}\nenable_rank_round_robin: True\nenable_dump: True\ndump_dir: ${rig.folder}/${name}\n`,
    );
    const extra = rig.write(
      `${name}.json`,
      JSON.stringify({
        model_parallel_config: {},
        operator_optimizition_config: { use_omni_placement: true, omni_placement_config_path: yaml },
      }),
    );
    for (let rank = 0; rank < processes; rank++) {
      const argv = ['--port', String(this.port + rank), '--tensor-parallel-size', String(ranksEach)];
      this.ranks.push(
        rig.startRank(argv, {
          MODEL_EXTRA_CFG_PATH: extra,
          ASCEND_RT_VISIBLE_DEVICES: '0,1',
          VLLM_DP_SIZE: String(processes),
          VLLM_DP_RANK: String(rank),
          VLLM_DP_MASTER_IP: '127.0.0.1',
          VLLM_DP_MASTER_PORT: String(this.port + processes),
          LAB_WINDOW_S: '0.3',
          LAB_LOAD_MS: '40',
        }),
      );
    }
    await Promise.all(this.ranks.map((rank) => rank.says('Application startup complete.')));
  }

  /** Of this start, relative to the rig's folder. */
  get dump(): string {
    return `${this.name}/${readdirSync(`${this.rig.folder}/${this.name}`).at(-1)}`;
  }

  // biome-ignore lint/suspicious/noExplicitAny: documents of several shapes, asserted on by the tests
  json(name: string): any {
    return JSON.parse(this.rig.read(`${this.dump}/live-map/${name}`));
  }

  map(epoch: number): number[] {
    const { shape, data } = parseNpy(readFileSync(`${this.rig.folder}/${this.dump}/live-map/maps/${epoch}.npy`));
    expect(shape).toEqual([LAYERS, 2, 4]);
    return [...data];
  }

  /** Writes a request as a controller does and signals the engine. */
  request(document: object | string): void {
    const path = `${this.dump}/live-map/request.json`;
    const text = typeof document === 'string' ? document : JSON.stringify({ version: 1, ...document });
    renameSync(this.rig.write(`${path}.tmp`, text), `${this.rig.folder}/${path}`);
    process.kill(this.json('engine.json').pid, 'SIGUSR1');
  }

  async answer(id: string | null) {
    await until(
      () => existsSync(`${this.rig.folder}/${this.dump}/live-map/answer.json`) && this.json('answer.json').id === id,
    );
    return this.json('answer.json');
  }

  /** Tokens by [layer][rank][slot] of a window; null: it is not closed. */
  window(step: number): number[] | null {
    const path = `${this.dump}/activation_counts_recordstep_${step}_rank_0.txt`;
    if (!existsSync(`${this.rig.folder}/${path}`)) return null;
    return this.rig.read(path).trim().split(/\s+/).map(Number);
  }

  load(port: number, given: Partial<LoadOptions>) {
    const url = `http://127.0.0.1:${port}`;
    const none = { skew: null, drift: null, onProgress: () => {}, signal: new AbortController().signal };
    return runLoad({ url, requests: 10_000, concurrency: 4, seed: 1, ...none, ...given });
  }
}

let rig: EngineRig;
beforeAll(async () => {
  rig = await EngineRig.make('v0.5');
  rig.writeModel({ num_hidden_layers: LAYERS + 1, n_routed_experts: EXPERTS, num_experts_per_tok: EXPERTS });
});
afterAll(() => rig.down());

const BASE = [0, 1, 2, 3, 4, 5, 6, 7];
const HALVES = [
  [4, 5, 6, 7],
  [0, 1, 2, 3],
];
const MIXED = [
  [0, 6, 2, 4],
  [1, 5, 3, 7],
];

describe('a decode instance of two processes', () => {
  let decode: Instance;
  beforeAll(async () => {
    decode = new Instance(rig, 'decode');
    await decode.start(2, 1);
  });

  it('says what it serves, and who can be asked for other maps', () => {
    const state = { version: 1, pid: decode.ranks[0]!.pid, layers: LAYERS, ranks: 2, slots_per_rank: 4, experts: 8 };
    expect(decode.json('engine.json')).toEqual({ ...state, epoch: 0, from_step: 1 });
    expect(decode.json('maps/0.json')).toEqual({ epoch: 0, from_step: 1 });
    expect(decode.map(0)).toEqual([...BASE, ...BASE]);
  });

  it('serves another map from a window’s close on, on all ranks at once, under traffic', async () => {
    const stop = new AbortController();
    const traffic = [0, 1].map((rank) => decode.load(decode.port + rank, { seed: rank, signal: stop.signal }));
    await until(() => decode.window(1) !== null);
    decode.request({ id: 'one', base_epoch: 0, layers: [{ layer: 1, slots: HALVES }] });
    const { from_step, ...answer } = await decode.answer('one');
    expect(answer).toEqual({ version: 1, id: 'one', state: 'applied', reason: null, epoch: 1 });
    expect(decode.json('maps/1.json')).toEqual({ epoch: 1, from_step });
    expect(decode.json('engine.json')).toMatchObject({ epoch: 1, from_step });
    expect(decode.map(1)).toEqual([...BASE, ...HALVES.flat()]);

    decode.request({
      id: 'two',
      base_epoch: 1,
      layers: [
        { layer: 0, slots: MIXED },
        { layer: 1, slots: MIXED },
      ],
    });
    expect(await decode.answer('two')).toMatchObject({ state: 'applied', epoch: 2 });
    // until a window of the last map has tokens
    let last = decode.json('engine.json').from_step;
    await until(() => {
      if (decode.window(last)?.every((tokens) => tokens === 0)) last++;
      return decode.window(last)?.some((tokens) => tokens > 0) ?? false;
    });
    stop.abort();
    expect((await Promise.all(traffic)).map(({ failed }) => failed)).toEqual([0, 0]);

    // each token went to every expert: a window counted under two maps would show it
    const epochs = [0, 1, 2].map((epoch) => ({ ...decode.json(`maps/${epoch}.json`), map: decode.map(epoch) }));
    for (let step = 1; step <= last; step++) {
      const { map } = epochs.findLast((epoch) => epoch.from_step <= step)!;
      const perExpert = expertTokens(map, decode.window(step)!);
      expect(new Set(perExpert).size, `window ${step}: ${perExpert}`).toBe(1);
    }
  });

  it('names the new experts on /metrics, and counts a changed layer anew', async () => {
    const { text } = await get(decode.port, '/metrics');
    const experts = [...text.matchAll(/^omniplace_lab_slot_tokens_total\{.*expert="(\d+)"\}/gm)].map(([, of]) =>
      Number(of),
    );
    expect(experts).toEqual([...MIXED.flat(), ...MIXED.flat()]);
    expect(text).toMatch(/^omniplace_lab_map_changes_total 2$/m);
    // 8 of the first request; 4 in each layer of the second, since each rank holds half of what it then gets
    expect(text).toMatch(/^omniplace_lab_experts_moved_total 16$/m);
    expect(Number(/^omniplace_lab_windows_total (\d+)$/m.exec(text)![1])).toBeGreaterThan(0);
    expect(text).toMatch(/^omniplace_lab_window_par 1$/m);
  });

  it('refuses what does not fit, and serves on as before', async () => {
    const layers = [{ layer: 0, slots: HALVES }];
    decode.request({ id: 'late', base_epoch: 1, layers });
    const { from_step } = decode.json('engine.json');
    const refused = {
      version: 1,
      id: 'late',
      state: 'refused',
      reason: 'base_epoch is 1, in service is 2',
      epoch: 2,
      from_step,
    };
    expect(await decode.answer('late')).toEqual(refused);
    decode.request('no JSON');
    expect(await decode.answer(null)).toMatchObject({
      state: 'refused',
      reason: expect.stringMatching(/^request.json is no JSON: /),
    });
    expect(existsSync(`${rig.folder}/${decode.dump}/live-map/maps/3.json`)).toBe(false);
  });

  it('gives the same answer again to a request it has answered', async () => {
    const { from_step } = decode.json('engine.json');
    decode.request({ id: 'two', base_epoch: 1, layers: [{ layer: 0, slots: MIXED }] });
    const applied = { version: 1, id: 'two', state: 'applied', reason: null, epoch: 2, from_step };
    expect(await decode.answer('two')).toEqual(applied);
    expect(decode.json('engine.json').epoch).toBe(2);
  });

  it('looks at no request before it is signalled', async () => {
    rig.write(
      `${decode.dump}/live-map/request.json`,
      JSON.stringify({ version: 1, id: 'silent', base_epoch: 2, layers: [] }),
    );
    await delay(700);
    expect(decode.json('answer.json').id).toBe('two');
  });

  it('refuses when a rank does not answer, and goes on when it does again', async () => {
    const layers = [{ layer: 0, slots: HALVES }];
    decode.ranks[1]!.kill('SIGSTOP');
    decode.request({ id: 'stopped', base_epoch: 2, layers });
    const answer = await decode.answer('stopped').finally(() => decode.ranks[1]!.kill('SIGCONT'));
    expect(answer).toMatchObject({ state: 'refused', reason: "rank 1 doesn't answer", epoch: 2 });
    decode.request({ id: 'again', base_epoch: 2, layers });
    expect(await decode.answer('again')).toMatchObject({ state: 'applied', epoch: 3 });
    const answers = await Promise.all(
      [0, 1].map((rank) => post(decode.port + rank, '/v1/completions', { prompt: 'a', max_tokens: 1 })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });
});

describe('a prefill instance of one process', () => {
  it('serves another map too', async () => {
    const prefill = new Instance(rig, 'prefill');
    await prefill.start(1, 2);
    prefill.request({ id: 'p', base_epoch: 0, layers: [{ layer: 0, slots: MIXED }] });
    const { epoch, from_step } = await prefill.answer('p');
    expect(epoch).toBe(1);
    await post(prefill.port, '/v1/completions', { prompt: 'aaaa bbbb cccc dddd', max_tokens: 1 });
    await until(() => prefill.window(from_step + 2) !== null);
    const { text } = await get(prefill.port, '/metrics');
    expect(text).toMatch(
      /omniplace_lab_slot_tokens_total\{scope="instance",source="0",layer="0",rank="0",slot="1",expert="6"\} 5/,
    );
  });
});

describe('dynamic mode', () => {
  it('rearranges by itself what is uneven, and takes no requests', async () => {
    rig.writeModel({ num_hidden_layers: LAYERS + 1, n_routed_experts: EXPERTS, num_experts_per_tok: 2 });
    const dynamic = new Instance(rig, 'dynamic');
    await dynamic.start(2, 1, 'enable_dynamic: True\nmax_redundant_per_expert: 2\nmax_redundant_per_rank: 1');
    const metric = async (name: string) =>
      Number(new RegExp(`^omniplace_lab_${name} (\\S+)$`, 'm').exec((await get(dynamic.port, '/metrics')).text)?.[1]);
    const stop = new AbortController();
    const traffic = [0, 1].map((rank) =>
      dynamic.load(dynamic.port + rank, { seed: rank, skew: 2.5, signal: stop.signal }),
    );
    await until(async () => (await metric('experts_moved_total')) > 0);
    // the base has 1.46 under this traffic
    await until(async () => (await metric('window_par')) < 1.25);
    expect(dynamic.ranks[0]!.output).toMatch(/dynamic: \d layers changed in \d rounds/);
    stop.abort();
    expect((await Promise.all(traffic)).map(({ failed }) => failed)).toEqual([0, 0]);
    expect(existsSync(`${rig.folder}/${dynamic.dump}/live-map`)).toBe(false);
  });
});

function expertTokens(map: readonly number[], tokens: readonly number[]): number[] {
  const perExpert = new Array<number>(LAYERS * EXPERTS).fill(0);
  for (const [at, count] of tokens.entries())
    perExpert[Math.floor(at / (map.length / LAYERS)) * EXPERTS + map[at]!]! += count;
  return perExpert;
}
