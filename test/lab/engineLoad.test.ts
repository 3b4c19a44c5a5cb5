import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeLoad, proxyUrl, readDrift, readSkew } from '../../src/lab/describeLoad.ts';
import { type LoadOptions, runLoad } from '../../src/lab/load.ts';
import { EngineRig } from './engineProcess.ts';
import { freePorts, get } from './processRig.ts';

let rig: EngineRig;
let port: number;

beforeAll(async () => {
  rig = await EngineRig.make();
  port = await freePorts(2);
  const rank = rig.startRank(['--port', String(port)], {});
  await rank.says('Application startup complete.');
});
afterAll(() => rig.down());

describe('lab load', () => {
  it('sends what was asked for and counts the answers', async () => {
    const progress: number[] = [];
    const result = await runLoad(options({ requests: 20, onProgress: ({ ok }) => progress.push(ok) }));
    expect(result).toMatchObject({ sent: 20, ok: 20, failed: 0, failures: {} });
    expect(progress).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    expect(result.latencyMs!.p50).toBeLessThanOrEqual(result.latencyMs!.max);
    expect(describeLoad(result)).toMatch(
      /^sent 20, ok 20, failed 0 in \d+\.\d s\n\d+ prompt tokens, \d+ tokens in answers\nlatency ms: mean /,
    );
  });

  it('asks the same for the same seed', async () => {
    const [first, again, other] = [await load(7), await load(7), await load(8)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('makes the experts as uneven as --skew says', async () => {
    expect(await hottestShare(0)).toBeLessThan(0.2);
    // nearly every token takes the most popular expert, as one of its two
    expect(await hottestShare(8)).toBeGreaterThan(0.49);
  });

  it('makes other experts the hot ones as --drift says', async () => {
    // 40 requests, one time each 20: the second half goes by the second time
    const drift = { every: 20, unit: 'requests' } as const;
    const [steady, drifting] = [
      await sharesOf({ skew: 8, requests: 40 }),
      await sharesOf({ skew: 8, requests: 40, drift }),
    ];
    const hottest = steady.indexOf(Math.max(...steady));
    expect(steady[hottest]).toBeGreaterThan(0.49);
    expect(drifting[hottest]).toBeLessThan(0.4);
    expect(await sharesOf({ skew: 8, requests: 40, drift })).toEqual(drifting);
  });

  it('says why requests failed, and how often', async () => {
    const result = await runLoad(options({ url: `http://127.0.0.1:${port + 1}`, requests: 3 }));
    expect(result).toMatchObject({ sent: 3, ok: 0, failed: 3, latencyMs: null });
    expect(describeLoad(result)).toContain(`failed 3 times: connect ECONNREFUSED 127.0.0.1:${port + 1}`);
  });

  it('stops sending when it is told to', async () => {
    const abort = new AbortController();
    const result = await runLoad(
      options({ requests: 1000, concurrency: 2, signal: abort.signal, onProgress: () => abort.abort() }),
    );
    expect(result.sent).toBeLessThanOrEqual(3);
    expect(result.ok).toBe(result.sent);
  });

  it('refuses an address or a skew that is none', () => {
    expect(proxyUrl('http://10.0.0.1:7000', 'lab')).toBe('http://10.0.0.1:7000');
    expect(() => proxyUrl('10.0.0.1:7000', 'lab')).toThrow("'10.0.0.1:7000' is no http address");
    expect(readSkew('1.2')).toBe(1.2);
    expect(() => readSkew('much')).toThrow("'much' is no skew");
    expect(['400', '0.5s'].map(readDrift)).toEqual([
      { every: 400, unit: 'requests' },
      { every: 0.5, unit: 'seconds' },
    ]);
    for (const none of ['0', '5m', '']) expect(() => readDrift(none)).toThrow(`'${none}' is no drift`);
  });
});

function options(given: Partial<LoadOptions>): LoadOptions {
  return {
    url: `http://127.0.0.1:${port}`,
    requests: 10,
    concurrency: 4,
    seed: 1,
    skew: null,
    drift: null,
    onProgress: () => {},
    signal: new AbortController().signal,
    ...given,
  };
}

async function load(seed: number): Promise<[number, number]> {
  const { promptTokens, completionTokens } = await runLoad(options({ seed }));
  return [promptTokens, completionTokens];
}

/** Share of the hottest expert of layer 0 among the tokens a load adds. */
async function hottestShare(skew: number): Promise<number> {
  return Math.max(...(await sharesOf({ skew })));
}

/** Share of each expert of layer 0 among the tokens a load adds. */
async function sharesOf(given: Partial<LoadOptions>): Promise<number[]> {
  const before = await layerTokens();
  await runLoad(options(given));
  const added = (await layerTokens()).map((tokens, expert) => tokens - before[expert]!);
  const sum = added.reduce((all, tokens) => all + tokens, 0);
  return added.map((tokens) => tokens / sum);
}

async function layerTokens(): Promise<number[]> {
  const { text } = await get(port, '/metrics');
  return [...text.matchAll(/^omniplace_lab_slot_tokens_total\{.*layer="0".*\} (\d+)$/gm)].map(([, tokens]) =>
    Number(tokens),
  );
}
