import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/baseCommand.ts';
import type { Simulated } from '../operations/simulate.ts';

export default class Simulate extends BaseCommand {
  static override summary = 'replay a load against balancing policies: what is gained, and what moving costs';
  static override description =
    `Replays a trace, recorded or made up, pass by pass against the life cycles of vLLM, vllm-ascend, OmniPlacement and
our own, and compares each with no balancing under a cost model. docs/simulate.md explains policies, settings and costs.`;
  static override examples = [
    '<%= config.bin %> simulate --load gen:drift --policy vllm --policy ascend-flashlb --policy omniplace --ranks 32',
    '<%= config.bin %> simulate --load dumps/ --steps 20000 --policy vllm-sync:interval=50,window=50 --report sim.html',
    '<%= config.bin %> simulate --load trace.npy --policy omni:tick=30 --cost-model costs.json --json',
  ];
  static override flags = {
    load: Flags.string({
      multiple: true,
      required: true,
      helpValue: 'TRACE',
      description:
        'files or folders of dumps as for pattern build, or gen:steady, drift, bursts, antiphase, diurnal, mix',
    }),
    policy: Flags.string({
      multiple: true,
      helpValue: 'NAME',
      description: 'NAME or NAME:setting=value,..; each once more for another setting',
    }),
    ranks: Flags.integer({ min: 1, default: 32, helpValue: 'R', description: 'dies of the instance' }),
    'ranks-per-host': Flags.integer({ min: 1, default: 16, helpValue: 'N', description: 'dies of a host' }),
    steps: Flags.integer({ min: 1, helpValue: 'N', description: 'passes; a recorded trace is stretched over them' }),
    seed: Flags.integer({ default: 1, helpValue: 'S', description: 'of generated traces' }),
    layers: Flags.integer({ min: 1, default: 58, helpValue: 'L', description: 'MoE layers of a generated trace' }),
    experts: Flags.integer({ min: 1, default: 256, helpValue: 'E', description: 'experts of a generated trace' }),
    tokens: Flags.integer({
      min: 1,
      default: 16_384,
      helpValue: 'T',
      description: 'routed per layer and pass of a generated trace: tokens x top-k',
    }),
    period: Flags.integer({
      min: 1,
      default: 4_000,
      helpValue: 'N',
      description: 'passes of a turn, flare or mixture of a generated trace',
    }),
    phase: Flags.custom<'prefill' | 'decode'>({
      options: ['prefill', 'decode'],
      default: 'decode',
      description: 'what the instance does',
    })(),
    'cost-model': Flags.string({ helpValue: 'FILE', description: 'JSON of your own times and bandwidths' }),
    points: Flags.integer({
      min: 1,
      default: 400,
      helpValue: 'N',
      description: 'most points of a curve, in --json and on the page',
    }),
    report: Flags.string({ helpValue: 'out.html', description: 'write a page with the curves' }),
  };

  async run(): Promise<Simulated> {
    const { flags } = await this.parse(Simulate);
    const { simulateCommand } = await import('../cli/simulateCommand.ts');
    const {
      policy = ['vllm', 'ascend-swift', 'omni', 'omniplace'],
      'ranks-per-host': ranksPerHost,
      'cost-model': costModel,
    } = flags;
    const { text, ...answer } = await simulateCommand(
      { ...flags, policies: policy, ranksPerHost, costModel, skew: 1 },
      (line) => this.logToStderr(line),
    );
    this.log(text);
    return answer;
  }
}
