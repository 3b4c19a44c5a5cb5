import type { CostModel } from '../moves/costModel.ts';
import type { Costs, Routing, Shape } from '../moves/lifeCycle.ts';
import { layerSlots, lostWith, type Placement, PlacementError, recover } from '../placement/index.ts';
import { type LayerMove, SurvivorLifeCycle } from './survivors.ts';

/** Ranks that go in the middle of a trace. */
export interface Loss {
  /** the first pass without them */
  readonly step: number;
  readonly ranks: readonly number[];
  /** `engine`: engines start anew with a spare die, ours goes on with the survivors */
  readonly after: AfterLoss;
}

export type AfterLoss = 'engine' | 'recover' | 'restart';

/** What the service is without, and for how long. */
export interface LossOutcome {
  readonly step: number;
  readonly ranks: readonly number[];
  readonly how: 'recover' | 'restart';
  /** why it could not go on with the survivors */
  readonly note: string | null;
  /** experts that stood on lost ranks only, over all layers */
  readonly missingExperts: number;
  /** one after the other, from the loss to the next pass */
  readonly parts: readonly RtoPart[];
  /** recovery time: the sum of its parts */
  readonly rtoMs: number;
  /** from the loss to the last layer re-placed behind the passes; null: nothing was, or the trace ended before */
  readonly replacedMs: number | null;
  readonly tokensPerSecondBefore: number;
  /** without the time out of service */
  readonly tokensPerSecondAfter: number;
}

export interface RtoPart {
  readonly name: 'detect' | 'regroup' | 'maps' | 'load' | 'start';
  readonly ms: number;
}

export interface Recovered {
  readonly lifeCycle: SurvivorLifeCycle;
  readonly parts: readonly RtoPart[];
  readonly missingExperts: number;
}

/**
 * Going on with the survivors: maps at once, what nobody holds from storage, then the re-placement behind the passes.
 * `tokens`: [layer][expert], of late. A string: why that is impossible.
 */
export function recoverAfter(
  placement: Placement,
  { ranks: lost }: Loss,
  tokens: Float64Array,
  routing: Routing,
  { shape, model, costs }: { readonly shape: Shape; readonly model: CostModel; readonly costs: Costs },
): Recovered | string {
  const { layers, experts, ranksPerHost } = shape;
  const load = { episodes: 1, layers, experts, tokens };
  const missing = lostWith(placement, new Set(lost)).length;
  try {
    const must = recover({ placement, lost, load, ranksPerHost, maxMoves: { total: missing } });
    const { next, migration } = recover({ placement: must.next, lost, load, ranksPerHost });
    const moves = migration.layers.flatMap(({ layer, transfers, localCopies }): LayerMove[] => {
      if (transfers.length + localCopies.length === 0) return [];
      return [{ layer, slots: layerSlots(next, layer), hops: transfers, us: costs.moveUs(transfers) }];
    });
    const arriving = new Int32Array(shape.ranks);
    for (const { rank } of must.storageLoads) arriving[rank]! += 1;
    const busiest = arriving.reduce((a, b) => Math.max(a, b), 0);
    return {
      lifeCycle: new SurvivorLifeCycle(must.next, routing, moves, costs),
      missingExperts: missing,
      parts: [
        { name: 'detect', ms: model.detectMs },
        { name: 'regroup', ms: model.regroupMs },
        { name: 'maps', ms: model.mapsMs },
        { name: 'load', ms: loadMs(model, busiest) },
      ],
    };
  } catch (error) {
    if (error instanceof PlacementError && error.code === 'infeasible') return error.message;
    throw error;
  }
}

/** A start of the whole instance with a spare die: every rank reads all its experts. */
export function restartParts(model: CostModel, placement: Placement): readonly RtoPart[] {
  const perRank = placement.slotsPerRank.reduce((a, b) => a + b, 0);
  return [
    { name: 'detect', ms: model.detectMs },
    { name: 'start', ms: model.startMs },
    { name: 'load', ms: loadMs(model, perRank) },
  ];
}

function loadMs(model: CostModel, experts: number): number {
  return (experts * model.expertBytes) / (model.storageGBps * 1e6);
}
