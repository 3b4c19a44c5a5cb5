import { Args, Flags } from '@oclif/core';
import { PatternCommand } from '../../cli/patternCommand.ts';
import type { CheckAnswer } from '../../operations/pattern/check.ts';
import { mapFlags, ranksPerHostFlag } from '../../operations/pattern/flags.ts';

export default class PatternCheck extends PatternCommand {
  static override summary = 'Find everything wrong with a placement file.';
  static override description =
    `Values are 0 or 1, every expert is placed, none stands twice on a rank, all ranks hold equally many; with --deployment also
that it fits an instance: its dies, layers and experts. With --survive also that any one rank or host may be lost and every expert
is still there. Ends with 2 when it is not sound, or does not survive.`;
  static override examples = [
    '<%= config.bin %> pattern check pattern.npy',
    '<%= config.bin %> pattern check pattern.npy --deployment cluster.yml',
    '<%= config.bin %> pattern check pattern.npy --survive host --ranks-per-host 16',
    '<%= config.bin %> pattern check location.json --ranks 32 --json',
  ];
  static override args = { file: Args.string({ required: true, description: 'pattern or map; - is stdin' }) };
  static override flags = {
    deployment: Flags.string({ helpValue: 'FILE', description: 'deployment it is meant for' }),
    survive: Flags.option({
      options: ['rank', 'host'] as const,
      description: 'prove that any one rank (host) may be lost, or list what would be lost with which',
    })(),
    'ranks-per-host': ranksPerHostFlag,
    ...mapFlags,
  };

  async run(): Promise<CheckAnswer> {
    const { args, flags } = await this.parse(PatternCheck);
    const { checkCommand } = await import('../../operations/pattern/checkCommand.ts');
    return this.print(await checkCommand(args.file, flags));
  }
}
