import { ofShape, ShapeError, type ShapeFault } from '../../files/parseJson.ts';
import { type CostModel, DEFAULT_COST_MODEL } from '../../moves/costModel.ts';
import { SimulationError } from '../../moves/lifeCycle.ts';
import { type GivenCosts, GivenCostsShape } from './costModel.gen.ts';

/** A cost model from JSON: keys that are left out keep their defaults. @throws SimulationError */
export function parseCostModel(value: unknown): CostModel {
  const { planMs, ...given } = givenCosts(value);
  return { ...DEFAULT_COST_MODEL, ...given, planMs: { ...DEFAULT_COST_MODEL.planMs, ...planMs } };
}

function givenCosts(value: unknown): GivenCosts {
  try {
    return ofShape(value, GivenCostsShape);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    if (error.faults[0]?.path === '') {
      throw new SimulationError('bad-cost-model', 'a cost model is one JSON object of numbers');
    }
    const written = Object.keys(value as object);
    const place = ({ keys: [key = ''] }: ShapeFault) => written.indexOf(key);
    const faults = [...error.faults].sort((a, b) => place(a) - place(b)).map(words);
    const known = Object.keys(DEFAULT_COST_MODEL).join(', ');
    throw new SimulationError('bad-cost-model', `${faults.join('; ')}. Keys are: ${known}`);
  }
}

function words({ path, expected, value }: ShapeFault): string {
  if (expected === null) return `${path} is unknown`;
  if (path === 'planMs') return 'planMs is no object of solver names and ms';
  if (value === 0) return `${path} is 0, it must be more`;
  return `${path} is ${JSON.stringify(value)}, not a number of 0 or more`;
}
