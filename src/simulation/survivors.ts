import type { Action, Costs, Hop, LifeCycle, Pass, Routing } from '../moves/lifeCycle.ts';
import { layerSlots, type Placement } from '../placement/index.ts';

/** One layer on its way to its place among the survivors. */
export interface LayerMove {
  readonly layer: number;
  /** [rank][slot] */
  readonly slots: Int32Array;
  readonly hops: readonly Hop[];
  readonly us: number;
}

/** After a loss: the re-placement is carried out layer by layer behind the passes, and then nothing moves any more. */
export class SurvivorLifeCycle implements LifeCycle {
  readonly placement: Placement;
  readonly routing: Routing;
  /** when the last layer was in place; null before */
  doneUs: number | null = null;
  private readonly moves: LayerMove[];
  private readonly costs: Costs;
  private readyUs: number | undefined;

  constructor(placement: Placement, routing: Routing, moves: readonly LayerMove[], costs: Costs) {
    this.placement = { ...placement, slotExpert: placement.slotExpert.slice() };
    this.routing = routing;
    this.moves = [...moves];
    this.costs = costs;
  }

  before(): readonly Action[] {
    return [];
  }

  after(_: Pass, nowUs: number): readonly Action[] {
    const move = this.moves[0];
    if (move === undefined) return [];
    this.readyUs ??= nowUs + move.us;
    if (this.readyUs > nowUs) return [];
    const { layer, slots, hops, us } = move;
    layerSlots(this.placement, layer).set(slots);
    this.moves.shift();
    this.readyUs = this.moves[0] === undefined ? undefined : nowUs + this.moves[0].us;
    if (this.moves.length === 0) this.doneUs = nowUs;
    return [
      { kind: 'move', layer, hops, us, how: 'background' },
      { kind: 'copy', us: this.costs.copyUs(hops) },
      { kind: 'commit', layer },
    ];
  }
}
