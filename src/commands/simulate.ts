import { BaseCommand } from '../cli/baseCommand.ts';
import type { Simulated } from '../operations/simulate/simulate.ts';
import { simulateFlags } from '../operations/simulate/simulateFlags.ts';
import type { Swept } from '../operations/simulate/sweep.ts';
import { SIMULATE_DESCRIPTION, SIMULATE_EXAMPLES } from '../simulation/simulateHelp.ts';

export default class Simulate extends BaseCommand {
  static override summary = 'Replay a load against balancing policies: what is gained, and what moving costs.';
  static override description = SIMULATE_DESCRIPTION;
  static override examples = SIMULATE_EXAMPLES;
  static override flags = simulateFlags;

  async run(): Promise<Simulated | Swept> {
    const { flags } = await this.parse(Simulate);
    const { simulateCommand } = await import('../operations/simulate/simulateCommand.ts');
    const { text, answer } = await simulateCommand(flags, this.say);
    this.log(text);
    return answer;
  }
}
