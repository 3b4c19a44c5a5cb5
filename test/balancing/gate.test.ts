import { describe, expect, it } from 'vitest';
import { type Candidate, chooseCandidate, isWorse, mayDeviate, worthIt } from '../../src/balancing/gate.ts';
import type { Prediction } from '../../src/balancing/prediction.ts';
import { engineOf } from '../../src/engines/index.ts';
import type { PatternKind } from '../../src/placement/index.ts';

const prediction = (stepTimeGain: number): Prediction => ({
  parBefore: Float64Array.of(2),
  parPredicted: Float64Array.of(1.1),
  parBeforeMean: 2,
  parPredictedMean: 1.1,
  movedExperts: 7,
  layersChanged: 1,
  expertTimeGain: stepTimeGain / 0.4,
  stepTimeGain,
});
const candidate = (kind: PatternKind, gain: number): Candidate => ({
  kind,
  prediction: prediction(gain),
  placement: null,
});

describe('the kind of pattern', () => {
  const choose = (ranks: number, first: Candidate, other: Candidate | null) => chooseCandidate(first, other, ranks);
  const rearrange = (gain: number) => candidate('rearrange', gain);
  const redundant = (gain: number) => candidate('redundant', gain);

  it('is the guideline’s: up to 32 dies rearrange, above redundant', () => {
    expect([32, 33].map((ranks) => engineOf('omni').experts?.guideline(ranks))).toEqual(['rearrange', 'redundant']);
    expect(choose(32, rearrange(0.1), redundant(0.105))).toMatchObject({
      chosen: { kind: 'rearrange' },
      because:
        "rearrange: the guideline's choice for 32 dies, and redundant is not predicted to be better by more than 1.0 % of a step",
    });
    expect(choose(33, redundant(0.1), rearrange(0.105)).chosen.kind).toBe('redundant');
  });

  it('is the other where that is predicted to be clearly better', () => {
    expect(choose(8, rearrange(0.05), redundant(0.2))).toMatchObject({
      chosen: { kind: 'redundant' },
      because:
        "redundant: it is predicted to save 15.0 % of a step more than rearrange, the guideline's choice for 8 dies",
    });
  });

  it('need not be looked at where it could not save enough at its best', () => {
    expect([mayDeviate(prediction(0.1), 0.11), mayDeviate(prediction(0.1), 0.1101)]).toEqual([false, true]);
    expect(choose(8, rearrange(0.1), null).because).toBe(
      "rearrange: the guideline's choice for 8 dies, and redundant is not predicted to be better by more than 1.0 % of a step",
    );
  });
});

describe('a change', () => {
  it('is made where it saves enough', () => {
    expect(worthIt(prediction(0.03), { minGain: 0.02 })).toEqual({
      yes: true,
      reason: 'mean PAR 2.000 -> 1.100 is predicted to save 3.0 % of a step',
    });
  });

  it('is left where it does not', () => {
    expect(worthIt(prediction(0.004), { minGain: 0.02 })).toEqual({
      yes: false,
      reason: 'mean PAR 2.000 -> 1.100 would save 0.4 % of a step, less than the 2.0 % that are worth a restart',
    });
    expect(worthIt(prediction(-0.01), { minGain: 0.02 }).reason).toBe(
      'mean PAR 2.000 -> 1.100 would save nothing, less than the 2.0 % that are worth a restart',
    );
  });

  it('is taken back when PAR got worse by more than noise', () => {
    expect(isWorse(1.5, 1.52)).toBe(false);
    expect(isWorse(1.5, 1.54)).toBe(true);
  });
});
