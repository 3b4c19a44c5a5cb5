import { Args, Flags } from '@oclif/core';
import { PatternCommand } from '../../cli/patternCommand.ts';
import { loadFlags, mapFlags, ranksPerHostFlag } from '../../operations/pattern/flags.ts';
import type { ShowAnswer } from '../../operations/pattern/show.ts';

export default class PatternShow extends PatternCommand {
  static override summary = 'Show what sits where, and with a load how warm each rank gets.';
  static override description =
    'A line per layer, or with --layer a line per rank. Colours only on a terminal, and not with NO_COLOR.';
  static override examples = [
    '<%= config.bin %> pattern show pattern.npy',
    '<%= config.bin %> pattern show pattern.npy --load load.npy --split affine',
    '<%= config.bin %> pattern show pattern.npy --layer 12 --load dump/20250619_095310',
  ];
  static override args = { file: Args.string({ required: true, description: 'pattern or map; - is stdin' }) };
  static override flags = {
    ...loadFlags,
    layer: Flags.integer({ min: 0, helpValue: 'N', description: 'this layer alone, rank by rank' }),
    split: Flags.option({
      options: ['uniform', 'affine'] as const,
      default: 'uniform',
      description: 'how replicas share tokens: evenly, or as OmniPlacement routes on decode',
    })(),
    ranks: mapFlags.ranks,
    'ranks-per-host': ranksPerHostFlag,
  };

  async run(): Promise<ShowAnswer> {
    const { args, flags } = await this.parse(PatternShow);
    const { showPattern } = await import('../../operations/pattern/show.ts');
    const answer = await showPattern(args.file, flags, this.say);
    const { showText } = await import('../../operations/pattern/view/patternShow.ts');
    const color = process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
    this.log(showText(answer, { color, columns: process.stdout.isTTY ? process.stdout.columns : undefined }));
    return answer;
  }
}
