import { Args, Flags } from '@oclif/core';
import { PatternCommand } from '../../cli/patternCommand.ts';
import type { ConvertAnswer } from '../../operations/pattern/convert.ts';
import { mapFlags } from '../../operations/pattern/flags.ts';

export default class PatternConvert extends PatternCommand {
  static override summary = 'Turn a placement of one project into that of another.';
  static override description =
    `Between OmniPlacement's pattern (.npy), vllm-ascend's expert_map and SGLang's map (.json). What FILE is, its content says.
A pattern does not keep the order of slots: ranks hold their experts in rising number, as OmniPlacement numbers them.`;
  static override examples = [
    '<%= config.bin %> pattern convert pattern.npy expert_map.json',
    '<%= config.bin %> pattern convert pattern.npy location.json --to sglang-map',
    '<%= config.bin %> pattern convert location.json pattern.npy --ranks 32',
  ];
  static override args = {
    file: Args.string({ required: true, description: 'placement to read' }),
    out: Args.string({ required: true, description: 'file to write' }),
  };
  static override flags = {
    to: Flags.option({
      options: ['omni-npy', 'expert-map', 'sglang-map'] as const,
      description: 'by default omni-npy for .npy, expert-map for .json',
    })(),
    ...mapFlags,
    repair: Flags.boolean({ description: 'mend experts that stand twice on a rank' }),
  };

  async run(): Promise<ConvertAnswer> {
    const { args, flags } = await this.parse(PatternConvert);
    const { convertPattern } = await import('../../operations/pattern/convert.ts');
    const answer = await convertPattern(args.file, args.out, flags);
    const { layers, experts, ranks, mended, faults } = answer;
    if (mended > 0) this.say(`mended ${mended} slots whose expert stood on its rank already`);
    for (const { severity, code, message } of faults.slice(0, 5)) this.say(`${severity} ${code}: ${message}`);
    if (faults.length > 5) this.say(`.. and ${faults.length - 5} more: omniplace pattern check ${answer.out}`);
    this.log(`${answer.out}: ${answer.to} of ${layers} layers x ${experts} experts on ${ranks} ranks`);
    return answer;
  }
}
