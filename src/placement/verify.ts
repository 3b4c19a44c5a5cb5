import type { MoveBudget, Placement } from './types.ts';

export interface Limits {
  /** what was asked for; one number for all layers, or [layer] */
  readonly slotsPerRank?: number | ArrayLike<number> | undefined;
  /** every slot must hold an expert */
  readonly full?: boolean | undefined;
  /** most copies of one expert */
  readonly maxReplicas?: number | undefined;
  readonly old?: Placement | undefined;
  readonly maxMoves?: MoveBudget | undefined;
}

export interface Violation {
  readonly code:
    | 'shape'
    | 'expert-unknown'
    | 'expert-missing'
    | 'duplicate'
    | 'slot-empty'
    | 'slots'
    | 'too-many-copies'
    | 'too-many-moves';
  readonly message: string;
}

/**
 * Checks a placement against what it must be, sharing no code with the solvers: its arrays fit together, every expert
 * stands somewhere, none twice on a rank, slots are as asked, and copies and moves are within their limits. Empty: valid.
 */
export function verifyPlacement(placement: Placement, limits: Limits = {}): Violation[] {
  const broken = shapeViolations(placement);
  if (broken.length > 0) return broken;
  const violations: Violation[] = [];
  for (let layer = 0; layer < placement.layers; layer++) checkLayer(placement, layer, limits, violations);
  if (limits.old !== undefined && limits.maxMoves !== undefined) {
    checkMoves(placement, limits.old, limits.maxMoves, violations);
  }
  return violations;
}

/** Slots whose expert already stands in an earlier slot of the same rank and layer. */
export function countDuplicates(placement: Placement): number {
  let duplicates = 0;
  for (let layer = 0; layer < placement.layers; layer++) {
    for (let rank = 0; rank < placement.ranks; rank++) {
      const held = heldBy(placement, layer, rank).filter((expert) => expert >= 0);
      duplicates += held.length - new Set(held).size;
    }
  }
  return duplicates;
}

/** Experts that each rank must receive because it did not hold them before: [layer * ranks + rank]. */
export function countArrivals(placement: Placement, old: Placement): Int32Array {
  const arrivals = new Int32Array(placement.layers * placement.ranks);
  for (let layer = 0; layer < placement.layers; layer++) {
    for (let rank = 0; rank < placement.ranks; rank++) {
      const before = new Set(heldBy(old, layer, rank));
      const after = new Set(heldBy(placement, layer, rank));
      after.delete(-1);
      for (const expert of after) if (!before.has(expert)) arrivals[layer * placement.ranks + rank]! += 1;
    }
  }
  return arrivals;
}

function heldBy({ layerOffset, slotsPerRank, slotExpert }: Placement, layer: number, rank: number): number[] {
  const first = layerOffset[layer]! + rank * slotsPerRank[layer]!;
  return Array.from(slotExpert.subarray(first, first + slotsPerRank[layer]!));
}

function shapeViolations({ layers, ranks, experts, slotsPerRank, layerOffset, slotExpert }: Placement): Violation[] {
  const counts = [layers, ranks, experts];
  if (counts.some((count) => !Number.isSafeInteger(count) || count < 1)) {
    return [
      { code: 'shape', message: `${layers} layers, ${ranks} ranks, ${experts} experts: each must be one or more` },
    ];
  }
  if (slotsPerRank.length !== layers || layerOffset.length !== layers + 1 || layerOffset[0] !== 0) {
    return [
      {
        code: 'shape',
        message: `${slotsPerRank.length} slot counts and ${layerOffset.length} offsets don't describe ${layers} layers`,
      },
    ];
  }
  for (let layer = 0; layer < layers; layer++) {
    if (slotsPerRank[layer]! < 1 || layerOffset[layer + 1]! - layerOffset[layer]! !== ranks * slotsPerRank[layer]!) {
      return [
        { code: 'shape', message: `layer ${layer}: the offsets don't fit ${slotsPerRank[layer]} slots per rank` },
      ];
    }
  }
  if (slotExpert.length !== layerOffset[layers]) {
    return [{ code: 'shape', message: `${slotExpert.length} slots, the layers have ${layerOffset[layers]}` }];
  }
  return [];
}

function checkLayer(placement: Placement, layer: number, limits: Limits, violations: Violation[]): void {
  const { ranks, experts, slotsPerRank } = placement;
  const asked = typeof limits.slotsPerRank === 'number' ? limits.slotsPerRank : limits.slotsPerRank?.[layer];
  if (asked !== undefined && asked !== slotsPerRank[layer]) {
    violations.push({
      code: 'slots',
      message: `layer ${layer} has ${slotsPerRank[layer]} slots per rank, not ${asked}`,
    });
  }
  const copies = new Int32Array(experts);
  for (let rank = 0; rank < ranks; rank++) {
    const seen = new Set<number>();
    for (const [slot, expert] of heldBy(placement, layer, rank).entries()) {
      const where = `layer ${layer}, rank ${rank}, slot ${slot}`;
      if (expert === -1) {
        if (limits.full === true) violations.push({ code: 'slot-empty', message: `${where} is empty` });
      } else if (expert < 0 || expert >= experts) {
        violations.push({ code: 'expert-unknown', message: `${where} holds expert ${expert} of ${experts}` });
      } else {
        if (seen.has(expert)) {
          violations.push({
            code: 'duplicate',
            message: `${where} holds expert ${expert}, which the rank holds already`,
          });
        }
        seen.add(expert);
        copies[expert]! += 1;
      }
    }
  }
  for (let expert = 0; expert < experts; expert++) {
    if (copies[expert] === 0) {
      violations.push({ code: 'expert-missing', message: `layer ${layer}: expert ${expert} stands nowhere` });
    } else if (limits.maxReplicas !== undefined && copies[expert]! > limits.maxReplicas) {
      violations.push({
        code: 'too-many-copies',
        message: `layer ${layer}: expert ${expert} has ${copies[expert]} copies, at most ${limits.maxReplicas} are allowed`,
      });
    }
  }
}

function checkMoves(placement: Placement, old: Placement, budget: MoveBudget, violations: Violation[]): void {
  const { layers, ranks } = placement;
  if (old.layers !== layers || old.ranks !== ranks || old.experts !== placement.experts) {
    violations.push({ code: 'shape', message: 'the old placement has other layers, ranks or experts' });
    return;
  }
  const arrivals = countArrivals(placement, old);
  const sum = (values: Int32Array) => values.reduce((a, b) => a + b, 0);
  const exceed = (moves: number, most: number | undefined, where: string) => {
    if (most === undefined || moves <= most) return;
    violations.push({ code: 'too-many-moves', message: `${where}: ${moves} experts arrive, at most ${most} may` });
  };
  for (let layer = 0; layer < layers; layer++) {
    exceed(sum(arrivals.subarray(layer * ranks, (layer + 1) * ranks)), budget.perLayer, `layer ${layer}`);
  }
  for (const [i, moves] of arrivals.entries()) {
    exceed(moves, budget.perRank, `layer ${Math.floor(i / ranks)}, rank ${i % ranks}`);
  }
  exceed(sum(arrivals), budget.total, 'in all');
}
