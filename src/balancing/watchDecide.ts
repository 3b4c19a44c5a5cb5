import { type CostModel, moveCosts } from '../moves/costModel.ts';
import { decideLayers, evaluateMove, type LayerDecision, type LayerMove, meanPar } from '../moves/layerMoves.ts';
import type { Shape } from '../moves/lifeCycle.ts';
import { sharesOf } from '../moves/routing.ts';
import { emptyPlacement, type Load, layerSlots, type Placement } from '../placement/index.ts';
import type { AdvanceRules } from './watchAdvance.ts';
import type { Episode, InstanceState } from './watchState.ts';

const REASONS = { balanced: 'balanced', resting: 'cooldown', 'not-worth': 'not_worth' } as const;

export interface DecideRules extends AdvanceRules {
  readonly split: 'uniform' | 'affine';
  readonly ranksPerHost: number;
  /** layers of at most this PAR stay */
  readonly parThreshold: number;
  /** a move must earn its cost within this */
  readonly paybackMs: number;
  /** a restart may give each rank one slot more, where none has any to spare */
  readonly maySpare: boolean;
  /** share of a step that the experts take */
  readonly expertShare: number;
  readonly cost: CostModel;
  readonly seed: number;
}

/** Share by which a layer's PAR must fall: windows see other requests each time, and less is their noise. */
const LEAST_GAIN = 0.02;

/** Why layers moved or did not. */
export type Reason =
  | 'gain'
  | 'restored'
  | 'balanced'
  | 'cooldown'
  | 'not_worth'
  | 'too_few_windows'
  | 'swap_pending'
  | 'locked'
  | 'restart_window';

export interface WatchDecision {
  /** layers by reason; all of the instance's */
  readonly layers: Readonly<Partial<Record<Reason, number>>>;
  /** the most profitable first; empty: nothing is to be moved */
  readonly moves: readonly LayerMove[];
  readonly movedExperts: number;
  /** mean over layers and episodes, of what serves; null: nothing is known yet */
  readonly par: number | null;
  /** the same once the moves are done */
  readonly parPredicted: number | null;
  /** share of a step's time that the moves save */
  readonly stepTimeGain: number;
}

/** What to do with an instance now; where its engine can't swap, what a restart would gain. Null: nothing serves that is known. */
export function decide(state: InstanceState, rules: DecideRules): WatchDecision | null {
  const { episodes } = state;
  if (state.serving === null) return null;
  const serving = canSwap(state) || !rules.maySpare ? state.serving : withSpareSlots(state.serving);
  if (state.asked !== null && !state.isDeaf) return waiting(serving, 'swap_pending');
  const restore = state.restore && state.wanted !== null && episodes.length > 0;
  if (!restore && episodes.length < rules.episodes) return waiting(serving, 'too_few_windows');
  const window = new Window(serving, episodes, rules);
  const verdicts = restore ? window.restore(state.wanted!) : window.judge(state);
  const decision = window.decision(verdicts, restore ? 'restored' : 'gain');
  return canSwap(state) ? decision : heldBack(decision, 'restart_window');
}

/** Whether its engine takes other experts while it serves. */
function canSwap({ epoch, isDeaf }: InstanceState): boolean {
  return epoch !== null && !isDeaf;
}

/** The same decision where it can't be carried out: the layers that would move stay. */
export function heldBack(decision: WatchDecision, why: 'locked' | 'restart_window'): WatchDecision {
  if (decision.moves.length === 0) return decision;
  const { gain = 0, restored = 0, ...layers } = decision.layers;
  return { ...decision, layers: { ...layers, [why]: gain + restored }, moves: [], movedExperts: 0 };
}

/** What a restart could serve instead: where no rank has a slot to spare, one more on each. */
function withSpareSlots(serving: Placement): Placement {
  const { layers, ranks, experts } = serving;
  const base = Math.ceil(experts / ranks);
  const width = Math.max(...serving.slotsPerRank);
  if (width > base || width >= experts) return serving;
  const spare = emptyPlacement(layers, ranks, experts, width + 1);
  for (let layer = 0; layer < layers; layer++) {
    const held = serving.slotsPerRank[layer]!;
    for (let rank = 0; rank < ranks; rank++) {
      const own = layerSlots(serving, layer).subarray(rank * held, (rank + 1) * held);
      layerSlots(spare, layer).set(own, rank * (width + 1));
    }
  }
  return spare;
}

function waiting({ layers }: Placement, why: 'too_few_windows' | 'swap_pending'): WatchDecision {
  return { layers: { [why]: layers }, moves: [], movedExperts: 0, par: null, parPredicted: null, stepTimeGain: 0 };
}

/** The sliding window under what serves. */
class Window {
  readonly #load: Load;
  readonly #shape: Shape;
  /** tokens times PAR of all layers and episodes: what the experts' time is proportional to */
  readonly #work: number;

  constructor(
    private readonly serving: Placement,
    episodes: readonly Episode[],
    private readonly rules: DecideRules,
  ) {
    const { layers, experts, ranks } = serving;
    const tokens = new Float64Array(episodes.length * layers * experts);
    for (const [i, episode] of episodes.entries()) tokens.set(episode.tokens, i * layers * experts);
    this.#load = { episodes: episodes.length, layers, experts, tokens };
    this.#shape = { layers, experts, ranks, ranksPerHost: rules.ranksPerHost };
    let work = 0;
    for (let layer = 0; layer < layers; layer++)
      work += workOf(this.#load, layer, this.#parOf(layerSlots(serving, layer)));
    this.#work = work;
  }

  judge({ restsUntil, loaded }: InstanceState): readonly LayerDecision[] {
    return decideLayers({
      ...this.#scales(),
      load: this.#load,
      placement: this.serving,
      routing: this.rules.split,
      threshold: this.rules.parThreshold,
      fewMoves: this.serving.layerOffset[1]!,
      seed: this.rules.seed,
      effort: 1,
      rests: (layer) => restsUntil[layer]! > loaded,
    });
  }

  /** What served before the engine was restarted, where it is still worth its moves. */
  restore(wanted: Placement): readonly LayerDecision[] {
    return Array.from({ length: this.#shape.layers }, (_, layer): LayerDecision => {
      const old = layerSlots(this.serving, layer);
      const par = meanPar(this.#load, layer, this.#parOf(old));
      if (par <= this.rules.parThreshold) return { layer, par, verdict: 'balanced' };
      const move = evaluateMove(this.#scales(), this.#load, layer, {
        layer,
        old,
        slots: layerSlots(wanted, layer).slice(),
      });
      return move === undefined ? { layer, par, verdict: 'not-worth' } : { layer, par, verdict: 'move', move };
    });
  }

  decision(verdicts: readonly LayerDecision[], moved: 'gain' | 'restored'): WatchDecision {
    const layers: Partial<Record<Reason, number>> = {};
    let [par, parPredicted, saved] = [0, 0, 0];
    const moves: LayerMove[] = [];
    for (const one of verdicts) {
      const reason = one.verdict === 'move' ? moved : REASONS[one.verdict];
      layers[reason] = (layers[reason] ?? 0) + 1;
      par += one.par / verdicts.length;
      if (one.verdict !== 'move') {
        parPredicted += one.par / verdicts.length;
        continue;
      }
      moves.push(one.move);
      const parIn = this.#parOf(one.move.slots);
      parPredicted += meanPar(this.#load, one.layer, parIn) / verdicts.length;
      const before = this.#parOf(layerSlots(this.serving, one.layer));
      saved += workOf(this.#load, one.layer, before) - workOf(this.#load, one.layer, parIn);
    }
    moves.sort((a, b) => b.profitUs - a.profitUs || a.layer - b.layer);
    return {
      layers,
      moves,
      movedExperts: moves.reduce((sum, { hops }) => sum + hops.length, 0),
      par,
      parPredicted,
      stepTimeGain: (this.rules.expertShare * saved) / this.#work,
    };
  }

  #scales() {
    const { cost, expertShare, paybackMs } = this.rules;
    return {
      shape: this.#shape,
      costs: moveCosts(cost, this.#shape),
      leastGain: LEAST_GAIN,
      parOf: (slots: Int32Array) => this.#parOf(slots),
      // experts take a share of the time, and a layer of that what its tokens and PAR are of all layers'
      savedUs: (load: Load, index: number, old: Int32Array, next: Int32Array): number => {
        const saved = workOf(load, index, this.#parOf(old)) - workOf(load, index, this.#parOf(next));
        return (saved / this.#work) * expertShare * paybackMs * 1_000;
      },
    };
  }

  #parOf(slots: Int32Array): (tokens: Float64Array) => number {
    const { ranks } = this.#shape;
    const { share } = sharesOf(slots, this.#shape, this.rules.split);
    const width = slots.length / ranks;
    return (tokens) => {
      let highest = 0;
      let sum = 0;
      for (let rank = 0; rank < ranks; rank++) {
        let load = 0;
        for (let slot = rank * width; slot < (rank + 1) * width; slot++)
          if (slots[slot]! >= 0) load += tokens[slots[slot]!]! * share[slot]!;
        sum += load;
        if (load > highest) highest = load;
      }
      return sum === 0 ? 1 : (highest * ranks) / sum;
    };
  }
}

/** Tokens times PAR of a layer, over all episodes. */
function workOf(load: Load, layer: number, parIn: (tokens: Float64Array) => number): number {
  let work = 0;
  for (let episode = 0; episode < load.episodes; episode++) {
    const tokens = tokensOf(load, episode, layer);
    let sum = 0;
    for (let expert = 0; expert < tokens.length; expert++) sum += tokens[expert]!;
    work += sum * parIn(tokens);
  }
  return work;
}

/** [expert] */
function tokensOf({ layers, experts, tokens }: Load, episode: number, layer: number): Float64Array {
  const first = (episode * layers + layer) * experts;
  return tokens.subarray(first, first + experts);
}
