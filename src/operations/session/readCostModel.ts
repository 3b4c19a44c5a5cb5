import { UserError } from '../../errors/userError.ts';
import { readText } from '../../files/readText.ts';
import { type CostModel, DEFAULT_COST_MODEL } from '../../moves/costModel.ts';

/** `--cost-model FILE`; undefined: the stated defaults. @throws UserError, SimulationError */
export async function readCostModel(file: string | undefined): Promise<CostModel> {
  if (file === undefined) return DEFAULT_COST_MODEL;
  const text = await readText(file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UserError('bad_cost_model', `${file} is no JSON: ${(cause as Error).message}`, { cause });
  }
  const { parseCostModel } = await import('./parseCostModel.ts');
  return parseCostModel(value);
}
