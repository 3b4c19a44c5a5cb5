import { describe, expect, it } from 'vitest';
import { advance, type WatchEvent, type WatchNote } from '../../src/balancing/watchAdvance.ts';
import { withDecision } from '../../src/balancing/watchAsk.ts';
import { type DecideRules, decide, heldBack, type WatchDecision } from '../../src/balancing/watchDecide.ts';
import { eventsOf } from '../../src/balancing/watchEvents.ts';
import { type InstanceState, NEW_INSTANCE, parseWatchState, watchStateText } from '../../src/balancing/watchState.ts';
import type { LiveMap, SwapAnswer } from '../../src/engines/liveSwap.ts';
import {
  basePlacement,
  DUMP_WINDOWS,
  evaluatePlacement,
  layerSlots,
  type Placement,
  verifyPlacement,
} from '../../src/placement/index.ts';
import fc from '../fakes/fastCheck.ts';
import { skewedTokens, windowText } from '../fakes/liveEngine.ts';
import { runs } from '../fakes/seed.ts';
import { WATCH_RULES } from '../fakes/watchRules.ts';

const [LAYERS, RANKS, EXPERTS] = [3, 4, 16];
const BASE = basePlacement(LAYERS, RANKS, EXPERTS);
const RULES: DecideRules = { ...WATCH_RULES, split: 'uniform', ranksPerHost: RANKS };

/** An engine and the controller's state of it, window by window; `save`: the state goes over the disk each time. */
class Story {
  state: InstanceState = NEW_INSTANCE;
  serving: Placement = BASE;
  epoch = 0;
  step = 0;
  readonly notes: WatchNote[] = [];
  /** layers of each swap, with the number of windows with load till then */
  readonly swaps: { readonly layers: readonly number[]; readonly loaded: number }[] = [];
  #answer: SwapAnswer | null = null;

  constructor(
    readonly rules: DecideRules = RULES,
    readonly save = false,
  ) {
    this.take({ kind: 'started', stamp: '20261122_000000', serving: BASE, epoch: 0 });
  }

  take(event: WatchEvent): void {
    const { state, notes } = advance(this.#kept(), event, this.rules);
    this.state = state;
    this.notes.push(...notes);
  }

  /** A window closes, the engine does what was asked for, and the controller looks. */
  window(tokens: Float64Array, answers = true): WatchDecision | null {
    this.step += 1;
    const content = new TextEncoder().encode(windowText(tokens, this.serving));
    const maps: LiveMap[] = [];
    const { asked } = this.state;
    if (asked !== null && answers) {
      const next = { ...this.serving, slotExpert: this.serving.slotExpert.slice() };
      for (const { layer, slots } of asked.layers) layerSlots(next, layer).set(slots);
      this.serving = next;
      this.epoch += 1;
      maps.push({ epoch: this.epoch, fromStep: this.step + 1, placement: next });
      this.#answer = { id: asked.id, state: 'applied', reason: '', epoch: this.epoch, fromStep: this.step + 1 };
    }
    const stamp = this.state.stamp!;
    const seen = { stamp, windows: [{ step: this.step, content }], maps, answer: this.#answer, pattern: null };
    for (const event of eventsOf(this.#kept(), { ...seen, codec: DUMP_WINDOWS, isFresh: false, isSent: true }))
      this.take(event);
    return this.decide();
  }

  decide(): WatchDecision | null {
    const decision = decide(this.#kept(), this.rules);
    if (decision === null) return null;
    this.state = withDecision(this.#kept(), decision, `id-${this.step}`);
    const { loaded } = this.state;
    if (decision.moves.length > 0) this.swaps.push({ layers: decision.moves.map(({ layer }) => layer), loaded });
    return decision;
  }

  #kept(): InstanceState {
    if (!this.save) return this.state;
    const text = watchStateText({ cluster: 'r1', nights: {}, instances: { D0: this.state } });
    return parseWatchState(text).instances.D0!;
  }
}

const even = new Float64Array(LAYERS * EXPERTS).fill(1000);
const skewed = (seed: number, noise = 0) => skewedTokens(LAYERS, EXPERTS, seed, noise);

describe('a watched instance', () => {
  it('waits until the sliding window is full, then moves what is worth it, and says what came of it', () => {
    const story = new Story();
    expect(story.window(skewed(1))?.layers).toEqual({ too_few_windows: LAYERS });
    const second = story.window(skewed(1, 1))!;
    expect(second.layers).toEqual({ gain: LAYERS });
    expect(second.parPredicted!).toBeLessThan(second.par! * 0.98);
    expect(second.movedExperts).toBeGreaterThan(0);
    expect(story.window(skewed(1, 2))?.layers).toEqual({ balanced: 1, cooldown: 2 });
    story.window(skewed(1, 3));
    expect(story.notes.map(({ kind }) => kind)).toEqual(['started', 'swapped', 'measured']);
    const measured = story.notes.at(-1) as Extract<WatchNote, { kind: 'measured' }>;
    expect(measured.after / measured.predicted!).toBeCloseTo(1, 1);
    expect(story.state.tally.moves).toBe(second.movedExperts);
    expect(story.state.tally.decisions).toEqual({
      'kept/too_few_windows': 3,
      'moved/gain': 3,
      'kept/balanced': 2,
      'kept/cooldown': 4,
    });
    expect(verifyPlacement(story.serving)).toEqual([]);
  });

  it('leaves balanced layers alone, and does not chase noise once they are placed', () => {
    const calm = new Story();
    for (let i = 0; i < 10; i++) calm.window(even);
    expect(calm.swaps).toEqual([]);
    expect(calm.state.tally.decisions['kept/balanced']).toBe(9 * LAYERS);
    const steady = new Story();
    for (let i = 0; i < 25; i++) steady.window(skewed(4, i + 1));
    const swapped = steady.swaps.flatMap(({ layers }) => layers);
    expect(swapped.sort()).toEqual([...new Set(swapped)]);
    expect(swapped.length).toBeGreaterThan(1);
  });

  it('reads windows by the map they were recorded under, across a swap', () => {
    const story = new Story();
    for (let i = 0; i < 4; i++) story.window(skewed(2));
    const expected = skewed(2);
    for (const { tokens } of story.state.episodes)
      for (const [i, count] of expected.entries()) expect(Math.abs(tokens[i]! - count)).toBeLessThan(RANKS);
  });

  it('idle windows count for nothing, damaged ones are named', () => {
    const story = new Story();
    story.window(new Float64Array(LAYERS * EXPERTS));
    expect([story.state.closed, story.state.loaded, story.state.episodes.length]).toEqual([1, 0, 0]);
    const content = new TextEncoder().encode('1\t2\t\n');
    const seen = { stamp: story.state.stamp!, windows: [{ step: 2, content }], maps: [], answer: null, pattern: null };
    for (const event of eventsOf(story.state, { ...seen, codec: DUMP_WINDOWS, isFresh: false, isSent: true }))
      story.take(event);
    expect(story.notes.at(-1)).toEqual({ kind: 'damaged', step: 2, message: 'has 1 layers, 3 are expected' });
    // one that may still be written to is looked at again
    expect(eventsOf(story.state, { ...seen, codec: DUMP_WINDOWS, isFresh: true, isSent: true })).toEqual([
      { kind: 'seen', isSent: true },
    ]);
  });

  it('asks for what served before a restart of the engine at once, where it still pays', () => {
    const story = new Story();
    for (let i = 0; i < 4; i++) story.window(skewed(3, i));
    const { serving } = story;
    story.serving = BASE;
    story.epoch = 0;
    story.step = 0;
    story.take({ kind: 'started', stamp: '20261122_010000', serving: BASE, epoch: 0 });
    const decision = story.decide()!;
    expect(decision.layers).toEqual({ restored: 2, not_worth: 1 });
    for (const { layer, slots } of decision.moves) expect(slots).toEqual(layerSlots(serving, layer));
    expect(story.state.asked?.baseEpoch).toBe(0);
    story.window(skewed(3));
    for (const { layer } of decision.moves)
      expect(layerSlots(story.serving, layer)).toEqual(layerSlots(serving, layer));
    // the traffic is another meanwhile: what served before is worth nothing
    const moved = new Story();
    for (let i = 0; i < 4; i++) moved.window(skewed(3, i));
    for (let i = 0; i < 2; i++) moved.window(even, false);
    moved.take({ kind: 'started', stamp: '20261122_010000', serving: BASE, epoch: 0 });
    expect(moved.decide()?.layers).toEqual({ balanced: LAYERS });
    expect(moved.state.restore).toBe(false);
  });

  it('drops a swap with the engine that was to make it', () => {
    const story = new Story();
    for (let i = 0; i < 2; i++) story.window(skewed(5));
    expect(story.state.asked).not.toBeNull();
    story.take({ kind: 'started', stamp: '20261122_010000', serving: BASE, epoch: 0 });
    expect(story.state.asked).toBeNull();
    expect(story.notes.slice(1)).toEqual([
      { kind: 'dropped' },
      { kind: 'started', stamp: '20261122_010000', canSwap: true, again: true },
    ]);
  });

  it('takes an engine for deaf that answers no swap within three windows, until it does', () => {
    const story = new Story();
    for (let i = 0; i < 2; i++) story.window(skewed(6));
    const asked = story.state.asked!;
    // the first may have closed before the request came to the engine
    for (let i = 0; i < 3; i++) expect(story.window(skewed(6), false)?.layers).toEqual({ swap_pending: LAYERS });
    story.window(skewed(6), false);
    expect(story.notes.at(-1)).toEqual({ kind: 'unanswered', windows: 3 });
    expect([story.state.isDeaf, story.state.tally.swaps.unanswered]).toEqual([true, 1]);
    const late = { id: asked.id, state: 'applied' as const, reason: '', epoch: 1, fromStep: 9 };
    const { state } = advance(story.state, { kind: 'answered', answer: late }, RULES);
    expect([state.isDeaf, state.asked, state.epoch, state.tally.swaps.applied]).toEqual([false, null, 1, 1]);
    story.take({ kind: 'started', stamp: '20261122_010000', serving: BASE, epoch: 0 });
    expect([story.state.isDeaf, story.state.asked]).toEqual([false, null]);
  });

  it('lets the layers of a refused swap rest', () => {
    const story = new Story();
    for (let i = 0; i < 2; i++) story.window(skewed(7));
    const { id } = story.state.asked!;
    const answer = { id, state: 'refused' as const, reason: 'base_epoch is 0, in service is 1', epoch: 1, fromStep: 3 };
    story.take({ kind: 'answered', answer: { ...answer, id: 'of-another' } });
    expect(story.state.asked).not.toBeNull();
    story.take({ kind: 'answered', answer });
    expect(story.notes.at(-1)).toEqual({ kind: 'refused', reason: 'base_epoch is 0, in service is 1' });
    expect(story.decide()?.layers).toEqual({ balanced: 1, cooldown: 2 });
    expect(story.serving).toBe(BASE);
  });

  it('takes over a map that somebody else brought about, and says so', () => {
    const story = new Story();
    story.window(skewed(8));
    const other = { ...BASE, slotExpert: BASE.slotExpert.slice().reverse() };
    const maps = [{ epoch: 1, fromStep: 2, placement: other }];
    const windows = [{ step: 2, content: new TextEncoder().encode(windowText(skewed(8), other)) }];
    const seen = {
      stamp: story.state.stamp!,
      windows,
      maps,
      codec: DUMP_WINDOWS,
      answer: null,
      pattern: null,
      isFresh: false,
      isSent: true,
    };
    for (const event of eventsOf(story.state, seen)) story.take(event);
    expect(story.notes.at(-1)).toEqual({ kind: 'foreign-map', epoch: 1 });
    expect(story.state.serving).toBe(other);
    const [before, after] = story.state.episodes;
    for (const [i, count] of before!.tokens.entries()) expect(after!.tokens[i]).toBe(count);
  });

  it('a map that was asked for is no surprise while its answer is on the way', () => {
    const story = new Story();
    for (let i = 0; i < 2; i++) story.window(skewed(9));
    const maps = [{ epoch: 1, fromStep: 3, placement: BASE }];
    const seen = {
      stamp: story.state.stamp!,
      windows: [],
      maps,
      codec: DUMP_WINDOWS,
      answer: null,
      pattern: null,
      isFresh: false,
      isSent: true,
    };
    expect(eventsOf(story.state, seen)).toEqual([{ kind: 'seen', isSent: true }]);
  });

  it('moves nothing where its engine can’t, and says what would be gained', () => {
    const decision = new Story().window(skewed(1));
    expect(decision?.moves).toEqual([]);
    const story = new Story();
    for (let i = 0; i < 2; i++)
      story.take({ kind: 'window', step: i + 1, read: { kind: 'load', tokens: skewed(1), par: 2 } });
    const swap = decide(story.state, RULES)!;
    const locked = heldBack(swap, 'locked');
    expect([locked.layers, locked.moves, locked.movedExperts]).toEqual([{ locked: LAYERS }, [], 0]);
    const rigid = { ...story.state, epoch: null };
    const stiff = decide(rigid, { ...RULES, maySpare: false })!;
    expect(stiff).toEqual(heldBack(swap, 'restart_window'));
    expect(stiff.stepTimeGain).toBeGreaterThan(0.02);
    // a restart may give each rank a slot to spare, which a swap can't
    expect(decide(rigid, RULES)!.parPredicted!).toBeLessThan(stiff.parPredicted! * 0.98);
    expect(decide({ ...story.state, isDeaf: true }, RULES)).toEqual(decide(rigid, RULES));
  });
});

/** Popular experts change now and then, windows are noisy, some are idle, some swaps are not answered. */
const weather = fc.array(
  fc.record({
    seed: fc.integer({ min: 1, max: 5 }),
    noise: fc.integer({ min: 1, max: 1_000 }),
    kind: fc.constantFrom('load', 'load', 'load', 'load', 'idle', 'silent'),
  }),
  { minLength: 4, maxLength: 14 },
);

function live(
  story: Story,
  windows: readonly { seed: number; noise: number; kind: string }[],
): (WatchDecision | null)[] {
  return windows.map(({ seed, noise, kind }) =>
    story.window(kind === 'idle' ? new Float64Array(LAYERS * EXPERTS) : skewed(seed, noise), kind !== 'silent'),
  );
}

/** [layer], by the evaluation that shares nothing with what is tested. */
function parsOf(tokens: Float64Array, placement: Placement): Float64Array {
  return evaluatePlacement({ episodes: 1, layers: LAYERS, experts: EXPERTS, tokens }, placement, 'uniform').par;
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

describe('whatever the traffic does', () => {
  it('no layer moves twice within its cool-down', () => {
    fc.assert(
      fc.property(weather, fc.integer({ min: 1, max: 5 }), (windows, cooldown) => {
        const story = new Story({ ...RULES, cooldown });
        live(story, windows);
        for (let layer = 0; layer < LAYERS; layer++) {
          const when = story.swaps.filter(({ layers }) => layers.includes(layer)).map(({ loaded }) => loaded);
          for (const [i, at] of when.slice(1).entries()) expect(at - when[i]!).toBeGreaterThanOrEqual(cooldown);
        }
      }),
      runs(8, 200),
    );
  });

  it('no layer under the threshold moves, and every move pays', () => {
    fc.assert(
      fc.property(weather, fc.double({ min: 1, max: 2.5, noNaN: true }), (windows, parThreshold) => {
        const story = new Story({ ...RULES, parThreshold });
        for (const one of windows) {
          const [decision] = live(story, [one]);
          const { episodes, serving } = story.state;
          for (const { layer, slots, profitUs } of decision?.moves ?? []) {
            const pars = episodes.map(({ tokens }) => parsOf(tokens, serving!)[layer]!);
            const next = { ...serving!, slotExpert: serving!.slotExpert.slice() };
            layerSlots(next, layer).set(slots);
            const after = episodes.map(({ tokens }) => parsOf(tokens, next)[layer]!);
            expect(mean(pars)).toBeGreaterThan(parThreshold);
            expect(mean(after)).toBeLessThanOrEqual(mean(pars) * 0.98 + 1e-9);
            expect(profitUs).toBeGreaterThan(0);
          }
        }
        // nothing pays within no time
        expect(live(new Story({ ...RULES, paybackMs: 0 }), windows).every((one) => one?.moves.length === 0)).toBe(true);
      }),
      runs(8, 200),
    );
  });

  it('a controller that is killed and goes on from disk, between any two steps, decides the same', () => {
    fc.assert(
      fc.property(weather, (windows) => {
        const [one, other] = [new Story(RULES), new Story(RULES, true)];
        expect(live(other, windows)).toEqual(live(one, windows));
        expect(other.state).toEqual(one.state);
        expect(other.notes).toEqual(one.notes);
      }),
      runs(6, 200),
    );
  });

  it('what serves stays sound', () => {
    fc.assert(
      fc.property(weather, (windows) => {
        const story = new Story();
        live(story, windows);
        expect(verifyPlacement(story.serving)).toEqual([]);
      }),
      runs(8, 200),
    );
  });
});

describe('the state on disk', () => {
  it('of another version is refused', () => {
    expect(() => parseWatchState('{"version":2}')).toThrow('it is of version 2, 1 is understood');
  });
});
