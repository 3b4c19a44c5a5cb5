import { UserError } from '../../errors/userError.ts';
import { plural } from '../../report/plural.ts';
import { writeOut } from '../../report/writeOut.ts';
import {
  type CostModel,
  cut,
  type Loss,
  SimulationError,
  STANDARD_POLICIES,
  type Trace,
} from '../../simulation/index.ts';
import { asUserError, parseLost } from '../pattern/index.ts';
import type { FlagsOf } from '../session/flagsOf.ts';
import { readCostModel } from '../session/readCostModel.ts';
import { simulateHtml } from './html.ts';
import { generateTrace, readTrace, type TraceRequest } from './readTrace.ts';
import { type Simulated, simulate } from './simulate.ts';
import type { simulateFlags } from './simulateFlags.ts';
import { sweepText } from './simulateSweep.ts';
import { type Swept, sweepSettings } from './sweep.ts';
import { simulateText } from './text.ts';

export type SimulateChoices = FlagsOf<typeof simulateFlags>;

export interface SimulateAnswer {
  readonly answer: Simulated | Swept;
  /** For stdout. */
  readonly text: string;
}

type Say = (line: string) => void;

/** Trace and cost model from outside, the replay or the sweep, and the page where it is wanted. */
export async function simulateCommand(choices: SimulateChoices, say: Say): Promise<SimulateAnswer> {
  try {
    const cost = await readCostModel(choices['cost-model']);
    return await (choices.sweep === true ? runSweep(choices, cost, say) : runReplay(choices, cost, say));
  } catch (error) {
    if (error instanceof SimulationError) {
      throw new UserError(error.code.replaceAll('-', '_'), error.message, { hint: HINTS[error.code], cause: error });
    }
    throw asUserError(error as Error);
  }
}

async function runReplay(choices: SimulateChoices, cost: CostModel, say: Say): Promise<SimulateAnswer> {
  const { ranks, phase, points, report, policy = STANDARD_POLICIES } = choices;
  const trace = await readTrace(requestOf(choices, choices.seed), say);
  const source = choices.load.join(', ');
  say(`${source}: ${plural(trace.steps, 'pass', 'passes')} of ${trace.layers} layers x ${trace.experts} experts`);
  const ranksPerHost = choices['ranks-per-host'];
  const loss = choices.lose === undefined ? undefined : parseLoss(choices.lose, choices, trace);
  const request = { trace, policies: policy, ranks, ranksPerHost, cost, phase, points, loss };
  const answer = simulate(request, progress(trace.steps, say));
  sayGaps(source, answer, say);
  if (report === undefined) return { answer, text: simulateText(answer) };
  await writeOut(report, simulateHtml(answer, source), true);
  return { answer, text: `${simulateText(answer)}\n\nThe curves are in ${report}.` };
}

/** What engines do with passes that have no tokens. */
function sayGaps(source: string, { gaps, steps }: Simulated, say: Say): void {
  if (gaps.passes > 0) {
    say(
      `${source}: ${gaps.passes} of ${plural(steps, 'pass', 'passes')} ${gaps.passes === 1 ? 'has' : 'have'} no tokens: engines run them as dummy passes: the counters of vLLM and vllm-ascend go on, nothing is recorded`,
    );
  }
  if (gaps.layers > 0) {
    say(
      `${source}: ${plural(gaps.layers, 'layer')} of other passes ${gaps.layers === 1 ? 'has' : 'have'} no tokens: ${gaps.layers === 1 ? 'it counts' : 'they count'} as balanced (PAR 1)`,
    );
  }
}

/** `5,6@6000` */
function parseLoss(text: string, choices: SimulateChoices, { steps }: Trace): Loss {
  const [, who, when] = text.match(/^(.+)@(\d+)$/) ?? [];
  const step = Number(when);
  if (who === undefined || step < 1 || step >= steps) {
    throw new UserError('bad_usage', `--lose ${text} can't be used`, {
      hint: `Give ranks and a pass from 1 to ${steps - 1}, as 5@${Math.floor(steps / 2)} or host1@${Math.floor(steps / 2)}.`,
    });
  }
  const ranks = parseLost('lose', who, choices['ranks-per-host'], choices.ranks);
  if (ranks.length < choices.ranks) return { step, ranks, after: choices['after-loss'] ?? 'engine' };
  throw new UserError('bad_usage', `--lose ${text}: all ${choices.ranks} ranks would be lost`, {
    hint: 'Leave one at least.',
  });
}

/** A generated load has a trace per seed; a recorded one is cut into parts, one after the other. */
async function runSweep(choices: SimulateChoices, cost: CostModel, say: Say): Promise<SimulateAnswer> {
  const { seeds, seed, ranks, phase, policy } = choices;
  const opened = await readTrace(requestOf(choices, seed), say);
  const generated = choices.load[0]!.startsWith('gen:');
  const traces = Array.from({ length: seeds }, (_, i) =>
    generated ? () => generateTrace(requestOf(choices, seed + i)) : () => cut(opened, i, seeds),
  );
  const ranksPerHost = choices['ranks-per-host'];
  const answer = sweepSettings({ policies: policy, traces, ranks, ranksPerHost, cost, phase }, say);
  return { answer, text: sweepText(answer) };
}

function requestOf(choices: SimulateChoices, seed: number): TraceRequest {
  const { load, steps, layers, experts, tokens, period } = choices;
  return { load, steps, generator: { seed, layers, experts, tokens, period, skew: 1, noise: true } };
}

const HINTS: Readonly<Record<SimulationError['code'], string>> = {
  'bad-trace': 'A trace is a .npy (episodes, layers, experts), dumps, or gen:NAME.',
  'bad-settings': 'docs/simulate.md lists policies and their settings.',
  'bad-cost-model': 'docs/simulate.md explains every number of a cost model.',
};

/** A line now and then, for replays that take long. */
function progress(steps: number, say: (line: string) => void): (step: number) => void {
  let spoken = performance.now();
  return (step) => {
    if (step % 100 !== 0 || performance.now() - spoken < 10_000) return;
    spoken = performance.now();
    say(`step ${step} of ${steps}`);
  };
}
