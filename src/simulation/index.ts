export { type CostModel, DEFAULT_COST_MODEL, parseCostModel } from './costModel.ts';
export { type EngineForm, engineForm } from './engineForm.ts';
export { type GeneratorSettings, generate } from './generators.ts';
export { type Shape, SimulationError } from './lifeCycle.ts';
export type { AfterLoss, Loss, LossOutcome, RtoPart } from './loss.ts';
export { type Policy, type PolicyName, parsePolicy } from './policies.ts';
export { type Outcome, type Point, replay } from './replay.ts';
export { type Recommendation, SWEEPABLE, sweep, type Trial } from './sweep.ts';
export { cut, type Gaps, stretch, type Trace, traceOfLoad, withGaps } from './trace.ts';
