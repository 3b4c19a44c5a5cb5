import { BaseCommand } from '../cli/baseCommand.ts';
import type { Simulated } from '../operations/simulate/simulate.ts';
import { simulateFlags } from '../operations/simulate/simulateFlags.ts';
import type { Swept } from '../operations/simulate/sweep.ts';

export default class Simulate extends BaseCommand {
  static override summary = 'Replay a load against balancing policies: what is gained, and what moving costs.';
  static override description =
    `Replays a trace, recorded or made up, pass by pass against the life cycles of vLLM, vllm-ascend, OmniPlacement and
our own, and compares each with no balancing under a cost model; with --lose also through the loss of ranks. With --sweep it recommends settings for each engine.
docs/simulate.md explains policies, settings and costs.`;
  static override examples = [
    '<%= config.bin %> simulate --load gen:drift --policy vllm --policy ascend-flashlb --policy omniplace --ranks 32',
    '<%= config.bin %> simulate --load dumps/ --steps 20000 --policy vllm-sync:interval=50,window=50 --report sim.html',
    '<%= config.bin %> simulate --load trace.npy --policy omni:tick=30 --cost-model costs.json --json',
    '<%= config.bin %> simulate --load gen:steady --steps 2000 --layers 8 --policy vllm --policy omniplace --lose host1@1000',
    '<%= config.bin %> simulate --load gen:bursts --sweep --policy vllm --policy omni --layers 8',
  ];
  static override flags = simulateFlags;

  async run(): Promise<Simulated | Swept> {
    const { flags } = await this.parse(Simulate);
    const { simulateCommand } = await import('../operations/simulate/simulateCommand.ts');
    const { text, answer } = await simulateCommand(flags, this.say);
    this.log(text);
    return answer;
  }
}
