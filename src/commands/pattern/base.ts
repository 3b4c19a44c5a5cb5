import { Flags } from '@oclif/core';
import { PatternCommand } from '../../cli/patternCommand.ts';
import type { BaseAnswer } from '../../operations/pattern/base.ts';

export default class PatternBase extends PatternCommand {
  static override summary = 'Write the base placement: contiguous, without redundancy.';
  static override description =
    'The placement OmniPlacement takes when it is given none, and the one that dumps should be recorded under.';
  static override examples = [
    '<%= config.bin %> pattern base --ranks 64',
    '<%= config.bin %> pattern base --ranks 32 --layers 60 --experts 384 --out kimi_32.npy',
  ];
  static override flags = {
    ranks: Flags.integer({ min: 1, required: true, helpValue: 'R', description: 'dies of the instance' }),
    layers: Flags.integer({ min: 1, default: 58, helpValue: 'L', description: 'MoE layers of the model' }),
    experts: Flags.integer({ min: 1, default: 256, helpValue: 'E', description: 'experts of each layer' }),
    out: Flags.string({ helpValue: 'FILE', description: 'by default baseline_<R>_devices_<L>_MoE_Layers.npy' }),
  };

  async run(): Promise<BaseAnswer> {
    const { flags } = await this.parse(PatternBase);
    const { writeBase } = await import('../../operations/pattern/base.ts');
    const answer = await writeBase(flags);
    if (answer.ranksWithLess > 0) {
      this.say(
        `warning: ${answer.ranks} ranks don't divide ${answer.experts} experts: ${answer.ranksWithLess === 1 ? 'the last rank holds' : `the last ${answer.ranksWithLess} ranks hold`} one less, which OmniPlacement does not load`,
      );
    }
    this.log(
      `${answer.out}: ${answer.layers} layers x ${answer.experts} experts on ${answer.ranks} ranks, ${answer.slotsPerRank} slots each`,
    );
    return answer;
  }
}
