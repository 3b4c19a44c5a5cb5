import { Args, Flags } from '@oclif/core';
import { PatternCommand } from '../../cli/patternCommand.ts';
import type { CompareAnswer } from '../../operations/pattern/compare.ts';
import { loadFlags, shapeFlags, solveFlags } from '../../operations/pattern/flags.ts';

export default class PatternCompare extends PatternCommand {
  static override summary = 'Judge placements, or what solvers make, by the same load.';
  static override description =
    'One table: PAR under uniform and affine split, of the worst layer and per episode, moves from --old (else from the base), time.';
  static override usage =
    'pattern compare [FILE...] [--solvers all|NAME,NAME] --load FILE|DIR... [--ranks R | --old FILE] [FLAGS]';
  static override examples = [
    '<%= config.bin %> pattern compare a.npy b.npy --load load.npy',
    '<%= config.bin %> pattern compare --solvers all --load load.npy --ranks 32 --redundant-per-rank 1',
    '<%= config.bin %> pattern compare now.npy --solvers omniplace,flashlb --load dump --slots 9 --json',
  ];
  static override strict = false;
  static override args = { files: Args.string({ description: 'placement files, before --load' }) };
  static override flags = {
    ...loadFlags,
    ...shapeFlags,
    ...solveFlags,
    solvers: Flags.string({ helpValue: 'all|NAME,NAME', description: 'run these on the load, too' }),
    repair: Flags.boolean({ description: 'mend experts that stand twice on a rank before judging' }),
  };

  async run(): Promise<CompareAnswer> {
    const { argv, flags } = await this.parse(PatternCompare);
    const { comparePatterns } = await import('../../operations/pattern/compare.ts');
    const answer = await comparePatterns(argv as string[], flags, this.say);
    const { compareText } = await import('../../operations/pattern/view/patternCompare.ts');
    this.log(compareText(answer));
    return answer;
  }
}
