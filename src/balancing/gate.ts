import type { PatternKind } from '../placement/index.ts';
import type { Prediction } from './prediction.ts';

/** Measured noise: windows before and after saw other requests. */
const WORSE_BY = 1.02;

export interface Candidate<P = unknown> {
  readonly kind: PatternKind;
  readonly prediction: Prediction;
  readonly placement: P;
}

/** The guideline's other choice is taken when it saves this much more of a step. */
const WORTH_DEVIATING = 0.01;

/** Whether the other kind has to be looked at. @param most what it could save at the very best, share of a step */
export function mayDeviate(guideline: Prediction, most: number): boolean {
  return most - guideline.stepTimeGain > WORTH_DEVIATING;
}

/** The guideline's kind, unless the prediction of the other says otherwise. Null: it can't be better by enough. */
export function chooseCandidate<C extends Candidate>(
  guideline: C,
  other: C | null,
  ranks: number,
): { readonly chosen: C; readonly because: string } {
  if (other !== null && mayDeviate(guideline.prediction, other.prediction.stepTimeGain)) {
    const more = other.prediction.stepTimeGain - guideline.prediction.stepTimeGain;
    const because = `${other.kind}: it is predicted to save ${percent(more)} of a step more than ${guideline.kind}, the guideline's choice for ${ranks} dies`;
    return { chosen: other, because };
  }
  const rival = guideline.kind === 'rearrange' ? 'redundant' : 'rearrange';
  return {
    chosen: guideline,
    because: `${guideline.kind}: the guideline's choice for ${ranks} dies, and ${rival} is not predicted to be better by more than ${percent(WORTH_DEVIATING)} of a step`,
  };
}

export interface Threshold {
  /** share of a step's time that must be saved */
  readonly minGain: number;
}

/** Whether a change is worth its restart. */
export function worthIt(
  prediction: Prediction,
  { minGain }: Threshold,
): { readonly yes: boolean; readonly reason: string } {
  const { parBeforeMean, parPredictedMean, stepTimeGain } = prediction;
  const pars = `mean PAR ${parBeforeMean.toFixed(3)} -> ${parPredictedMean.toFixed(3)}`;
  if (stepTimeGain >= minGain)
    return { yes: true, reason: `${pars} is predicted to save ${percent(stepTimeGain)} of a step` };
  const saves = stepTimeGain <= 0 ? 'nothing' : `${percent(stepTimeGain)} of a step`;
  return {
    yes: false,
    reason: `${pars} would save ${saves}, less than the ${percent(minGain)} that are worth a restart`,
  };
}

/** Whether what was measured calls for going back. */
export function isWorse(parBefore: number, parAfter: number): boolean {
  return parAfter > parBefore * WORSE_BY;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
