import { readFile } from 'node:fs/promises';
import { type Simulated, simulate } from '../operations/simulate.ts';
import { openTrace } from '../operations/simulateTrace.ts';
import { asUserError } from '../patterns/asUserError.ts';
import { simulateHtml } from '../report/simulateHtml.ts';
import { simulateText } from '../report/simulateText.ts';
import { type CostModel, DEFAULT_COST_MODEL, parseCostModel, SimulationError } from '../simulation/index.ts';
import { UserError } from './userError.ts';
import { writeOut } from './writeOut.ts';

export interface SimulateChoices {
  readonly load: readonly string[];
  readonly policies: readonly string[];
  readonly ranks: number;
  readonly ranksPerHost: number;
  readonly steps: number | undefined;
  readonly seed: number;
  readonly layers: number;
  readonly experts: number;
  readonly tokens: number;
  readonly period: number;
  readonly skew: number;
  readonly phase: 'prefill' | 'decode';
  readonly costModel: string | undefined;
  readonly points: number;
  readonly report: string | undefined;
}

export interface SimulateAnswer extends Simulated {
  /** For stdout. */
  readonly text: string;
}

/** Trace and cost model from outside, the replay, and the page where it is wanted. */
export async function simulateCommand(choices: SimulateChoices, say: (line: string) => void): Promise<SimulateAnswer> {
  try {
    const cost = await readCostModel(choices.costModel);
    const { load, steps, seed, layers, experts, tokens, period, skew } = choices;
    const trace = await openTrace(
      { load, steps, generator: { seed, layers, experts, tokens, period, skew, noise: true } },
      say,
    );
    const source = load.join(', ');
    say(`${source}: ${trace.steps} passes of ${trace.layers} layers x ${trace.experts} experts`);
    const { ranks, ranksPerHost, phase, points, policies } = choices;
    const simulated = simulate(
      { trace, policies, ranks, ranksPerHost, cost, phase, points },
      progress(trace.steps, say),
    );
    if (choices.report !== undefined) await writeOut(choices.report, simulateHtml(simulated, source), true);
    const written = choices.report === undefined ? '' : `\n\nThe curves are in ${choices.report}.`;
    return { ...simulated, text: `${simulateText(simulated)}${written}` };
  } catch (error) {
    if (error instanceof SimulationError) {
      throw new UserError(error.code.replaceAll('-', '_'), error.message, { hint: HINTS[error.code], cause: error });
    }
    throw asUserError(error as Error);
  }
}

const HINTS: Readonly<Record<SimulationError['code'], string>> = {
  'bad-trace': 'A trace is a .npy (episodes, layers, experts), dumps, or gen:NAME.',
  'bad-settings': 'docs/simulate.md lists policies and their settings.',
  'bad-cost-model': 'docs/simulate.md explains every number of a cost model.',
};

async function readCostModel(file: string | undefined): Promise<CostModel> {
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
  return parseCostModel(value);
}

/** A line now and then, for replays that take long. */
function progress(steps: number, say: (line: string) => void): (step: number) => void {
  let spoken = performance.now();
  return (step) => {
    if (step % 100 !== 0 || performance.now() - spoken < 10_000) return;
    spoken = performance.now();
    say(`step ${step} of ${steps}`);
  };
}
