import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { type DecideRules, decide } from '../../../../src/balancing/watchDecide.ts';
import { NEW_INSTANCE } from '../../../../src/balancing/watchState.ts';
import { decideApart } from '../../../../src/operations/balance/watch/decideApart.ts';
import { basePlacement } from '../../../../src/placement/index.ts';
import { skewedTokens } from '../../../fakes/liveEngine.ts';
import { WATCH_RULES } from '../../../fakes/watchRules.ts';

// `npm run build` makes what threads load
const WORKER = resolve('dist/operations/balance/watch/decideWorker.js');

const [layers, ranks, experts] = [3, 4, 16];
const RULES: DecideRules = { ...WATCH_RULES, split: 'affine', ranksPerHost: ranks };
const episodes = [1, 2].map((step) => ({ stamp: 's', step, tokens: skewedTokens(layers, experts, 1), par: 2 }));
const state = {
  ...NEW_INSTANCE,
  stamp: 's',
  serving: basePlacement(layers, ranks, experts),
  epoch: 0,
  episodes,
  loaded: 2,
  restsUntil: new Int32Array(layers),
};

it('decides in a thread of its own as it does here', async () => {
  const apart = await decideApart(state, RULES, new AbortController().signal, WORKER);
  expect(apart).toEqual(decide(state, RULES));
  expect(apart!.movedExperts).toBeGreaterThan(0);
});

it('gives up when it is interrupted', async () => {
  const interrupt = new AbortController();
  const deciding = decideApart(state, RULES, interrupt.signal, WORKER);
  interrupt.abort();
  await expect(deciding).rejects.toThrow('This operation was aborted');
});
