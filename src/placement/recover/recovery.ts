import { tokensOfLayer } from '../episodes.ts';
import { executeTransferPlan } from '../formats/transferPlan.ts';
import { type Migration, planLayer } from '../migration/migration.ts';
import { emptyPlacement, layerSlots } from '../slots.ts';
import { allocateMoves } from '../solver/front.ts';
import type { StorageLoad } from '../storageLoad.ts';
import { type Load, type MoveBudget, type Placement, PlacementError } from '../types.ts';
import { type RecoveredLayer, recoverLayer } from './recoverLayer.ts';
import { type LayerExpert, lostWith } from './survive.ts';

/** A layer may take so many times its share of the moves that are left. */
const SPARE = 4;

export interface RecoverProblem {
  /** what served when the ranks went */
  readonly placement: Placement;
  readonly lost: readonly number[];
  /** without one all experts count alike */
  readonly load?: Load | undefined;
  /** experts that may arrive on survivors, those from storage among them; by default as many as slots were lost */
  readonly maxMoves?: MoveBudget | undefined;
  /** of the survivors; by default what they had */
  readonly slotsPerRank?: number | undefined;
  /** default 16 */
  readonly ranksPerHost?: number | undefined;
}

/** Ranks keep their numbers in all of it; `withoutRanks` renumbers. */
export interface Recovery {
  /** what serves at once: the slots of lost ranks are empty, tokens go to the remaining replicas */
  readonly now: Placement;
  /** experts that nobody holds: tokens for them wait until they are loaded */
  readonly missing: readonly LayerExpert[];
  /** the re-placement */
  readonly next: Placement;
  /** from `now` to `next`, but for what comes from storage */
  readonly migration: Migration;
  readonly storageLoads: readonly StorageLoad[];
}

/** Maps for the survivors, and a re-placement on them within the budget, its plan carried out in a simulator. */
export function recover(problem: RecoverProblem): Recovery {
  const { placement, ranksPerHost = 16 } = problem;
  const lost = checkedRanks(problem.lost, placement.ranks);
  const now = survivorsNow(placement, lost);
  const missing = lostWith(now, new Set());
  const wide = widened(now, problem.slotsPerRank);
  const next = { ...wide, slotExpert: wide.slotExpert.slice() };
  const total = totalOf(problem, lost, missing.length);
  const found = Array.from({ length: placement.layers }, (_, layer) =>
    recoverLayer({
      layer,
      slots: layerSlots(wide, layer),
      ranks: placement.ranks,
      lost,
      tokens: layerTokens(placement, layer, problem.load),
      perLayer: problem.maxMoves?.perLayer ?? Number.POSITIVE_INFINITY,
      perRank: problem.maxMoves?.perRank ?? Number.POSITIVE_INFINITY,
      spare: SPARE * Math.ceil((total - missing.length) / placement.layers),
    }),
  );
  for (const [layer, slots] of choose(found, total).entries()) {
    layerSlots(next, layer).set(slots);
  }
  const { migration, storageLoads } = planRecovery(wide, next, ranksPerHost);
  proveRecovery(wide, next, migration, storageLoads);
  return { now, missing, next, migration, storageLoads };
}

/** The same placement with nothing on the lost ranks. */
export function survivorsNow(placement: Placement, lost: ReadonlySet<number>): Placement {
  const slotExpert = placement.slotExpert.slice();
  for (let layer = 0; layer < placement.layers; layer++) {
    const width = placement.slotsPerRank[layer]!;
    for (const rank of lost) {
      const first = placement.layerOffset[layer]! + rank * width;
      slotExpert.fill(-1, first, first + width);
    }
  }
  return { ...placement, slotExpert };
}

/** The survivors numbered from 0 on, in their order. */
export function withoutRanks(placement: Placement, lost: ReadonlySet<number>): Placement {
  const { layers, ranks, experts, slotsPerRank } = placement;
  const left = Array.from({ length: ranks }, (_, rank) => rank).filter((rank) => !lost.has(rank));
  const result = emptyPlacement(layers, left.length, experts, slotsPerRank);
  for (let layer = 0; layer < layers; layer++) {
    const width = slotsPerRank[layer]!;
    const from = layerSlots(placement, layer);
    const to = layerSlots(result, layer);
    for (const [i, rank] of left.entries()) to.set(from.subarray(rank * width, (rank + 1) * width), i * width);
  }
  return result;
}

function checkedRanks(lost: readonly number[], ranks: number): ReadonlySet<number> {
  const set = new Set(lost);
  for (const rank of set) {
    if (Number.isInteger(rank) && rank >= 0 && rank < ranks) continue;
    throw new PlacementError('bad-option', `there is no rank ${rank}; the placement has 0 to ${ranks - 1}`);
  }
  if (set.size > 0 && set.size < ranks) return set;
  const what = set.size === 0 ? 'no rank is lost' : `all ${ranks} ranks are lost`;
  throw new PlacementError('bad-option', `${what}: there is nothing to recover`);
}

function widened(placement: Placement, slotsPerRank: number | undefined): Placement {
  if (slotsPerRank === undefined) return placement;
  const { layers, ranks, experts } = placement;
  const least = placement.slotsPerRank.reduce((a, b) => Math.max(a, b), 0);
  if (slotsPerRank < least) {
    throw new PlacementError('bad-option', `the ranks have ${least} slots now, ${slotsPerRank} would drop experts`);
  }
  const wide = emptyPlacement(layers, ranks, experts, slotsPerRank);
  for (let layer = 0; layer < layers; layer++) {
    const width = placement.slotsPerRank[layer]!;
    const from = layerSlots(placement, layer);
    const to = layerSlots(wide, layer);
    for (let rank = 0; rank < ranks; rank++)
      to.set(from.subarray(rank * width, (rank + 1) * width), rank * slotsPerRank);
  }
  return wide;
}

function totalOf({ placement, maxMoves }: RecoverProblem, lost: ReadonlySet<number>, missing: number): number {
  const slotsLost = placement.slotsPerRank.reduce((sum, width) => sum + width * lost.size, 0);
  const total = maxMoves?.total ?? Math.max(slotsLost, missing);
  if (total >= missing) return total;
  throw new PlacementError(
    'infeasible',
    `${missing} experts stood on lost ranks only and must be loaded, more than the ${total} that may move`,
  );
}

/** [layer] slots: what must be, and of the rest what lowers PAR most for its moves. */
function choose(found: readonly RecoveredLayer[], total: number): Int32Array[] {
  const chosen = allocateMoves(found, total);
  return found.map((front, layer) => front[chosen[layer]!]!.slots);
}

function layerTokens({ layers, experts }: Placement, layer: number, load: Load | undefined): Float64Array {
  if (load === undefined) return new Float64Array(experts).fill(1);
  if (load.layers !== layers || load.experts !== experts) {
    throw new PlacementError(
      'bad-shape',
      `the load is of ${load.layers} layers x ${load.experts} experts, the placement of ${layers} x ${experts}`,
    );
  }
  return tokensOfLayer(load, layer);
}

function planRecovery(now: Placement, next: Placement, ranksPerHost: number) {
  const storageLoads: StorageLoad[] = [];
  const layers = Array.from({ length: now.layers }, (_, layer) => {
    const after = layerSlots(next, layer);
    const plan = planLayer(layer, layerSlots(now, layer), after, now.ranks, { ranksPerHost });
    const absent = new Set(plan.lost);
    const width = next.slotsPerRank[layer]!;
    for (const [at, expert] of after.entries()) {
      if (!absent.has(expert)) continue;
      storageLoads.push({ layer, expert, rank: Math.floor(at / width), slot: at % width });
    }
    // no rank holds them, so that nothing is copied from where they arrive
    const lateCopies = plan.lateCopies.filter(({ expert }) => !absent.has(expert));
    return { ...plan, lateCopies };
  });
  const host = (rank: number) => Math.floor(rank / ranksPerHost);
  const transfers = layers.flatMap((layer) => layer.transfers);
  const migration: Migration = {
    layers,
    numTransfers: transfers.length,
    numCrossHost: transfers.filter(({ from, to }) => host(from) !== host(to)).length,
    numLocalCopies: layers.reduce((sum, layer) => sum + layer.localCopies.length + layer.lateCopies.length, 0),
  };
  return { migration, storageLoads };
}

/** What stands where after all moves and loads is the new placement, or this is our bug. */
function proveRecovery(now: Placement, next: Placement, migration: Migration, loads: readonly StorageLoad[]): void {
  const { layers, ranks, experts } = next;
  const slotsPerRank = [...next.slotsPerRank];
  const reached = executeTransferPlan(now, { layers, ranks, experts, slotsPerRank, migration, storageLoads: loads });
  if (reached.slotExpert.some((expert, slot) => expert !== next.slotExpert[slot])) {
    throw new Error('the planned recovery does not lead to the new placement');
  }
  const { length } = lostWith(next, new Set());
  if (length > 0) throw new Error(`the new placement lacks ${length} experts`);
}
