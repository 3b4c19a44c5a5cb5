import { leastLostOf, lostWith, type Placement, survivalOf } from '../../placement/index.ts';

/** Whether any one rank (host) may be lost. */
export interface SurviveAnswer {
  readonly unit: 'rank' | 'host';
  /** every expert stands on two ranks (hosts) or more, in every layer */
  readonly covered: boolean;
  /** experts that stand on one only, over all layers */
  readonly lostExperts: number;
  /** no placement of as many slots has fewer */
  readonly leastLostExperts: number;
  /** per rank, with which all can be covered; null: there is one rank (host) only */
  readonly slotsToCoverAll: number | null;
  /** ranks (hosts) with which something is lost */
  readonly losses: readonly UnitLoss[];
}

export interface UnitLoss {
  /** `rank 3`, `host 1` */
  readonly name: string;
  readonly experts: number;
  readonly layers: readonly { readonly layer: number; readonly experts: readonly number[] }[];
}

export function surviveAnswer(placement: Placement, unit: 'rank' | 'host', ranksPerHost: number): SurviveAnswer {
  const ranksPerUnit = unit === 'rank' ? 1 : ranksPerHost;
  const { lost, numLost, leastLost } = survivalOf(placement, ranksPerUnit);
  const losses = lost.flatMap((experts, index): UnitLoss[] => {
    if (experts.length === 0) return [];
    const byLayer = new Map<number, number[]>();
    for (const { layer, expert } of experts) byLayer.set(layer, [...(byLayer.get(layer) ?? []), expert]);
    const layers = [...byLayer].map(([layer, list]) => ({ layer, experts: list }));
    return [{ name: `${unit} ${index}`, experts: experts.length, layers }];
  });
  return {
    unit,
    // what stands nowhere now survives nothing
    covered: numLost === 0 && lostWith(placement, new Set()).length === 0,
    lostExperts: numLost,
    leastLostExperts: leastLost,
    slotsToCoverAll: slotsToCoverAll(placement, ranksPerUnit),
    losses,
  };
}

function slotsToCoverAll({ ranks, experts }: Placement, ranksPerUnit: number): number | null {
  if (ranks <= ranksPerUnit) return null;
  let slotsPerRank = Math.ceil((2 * experts) / ranks);
  // a last host of fewer ranks must show as much as the others together lack
  while (leastLostOf({ ranks, experts, slotsPerRank }, ranksPerUnit) > 0) slotsPerRank += 1;
  return slotsPerRank;
}
