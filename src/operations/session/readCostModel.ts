import { readFile } from 'node:fs/promises';
import { UserError } from '../../errors/userError.ts';
import { type CostModel, DEFAULT_COST_MODEL } from '../../moves/costModel.ts';

/** `--cost-model FILE`; undefined: the stated defaults. @throws UserError, SimulationError */
export async function readCostModel(file: string | undefined): Promise<CostModel> {
  if (file === undefined) return DEFAULT_COST_MODEL;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new UserError('unreadable_file', `${file} can't be read: ${(cause as Error).message}`, { cause });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UserError('bad_cost_model', `${file} is no JSON: ${(cause as Error).message}`, { cause });
  }
  const { parseCostModel } = await import('./parseCostModel.ts');
  return parseCostModel(value);
}
