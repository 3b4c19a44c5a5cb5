import { Args } from '@oclif/core';
import { PatternCommand } from '../../cli/patternCommand.ts';
import type { RecoverAnswer } from '../../operations/pattern/recover.ts';
import { recoverFlags } from '../../operations/pattern/recoverFlags.ts';

export default class PatternRecover extends PatternCommand {
  static override summary = 'Maps for the survivors of a lost rank or host, and a re-placement on them.';
  static override description =
    `At once: the maps without the lost ranks, so that tokens go to the remaining replicas. Then: what only they held comes from storage,
and within a budget of moves the survivors are balanced. Both are verified; --out writes them in every engine's form.`;
  static override examples = [
    '<%= config.bin %> pattern recover decode.npy --lost 5 --load load.npy --max-moves 600 --out recovered',
    '<%= config.bin %> pattern recover decode.npy --lost host1 --ranks-per-host 16 --slots 18 --json',
  ];
  static override args = { file: Args.string({ required: true, description: 'placement that served; - is stdin' }) };
  static override flags = recoverFlags;

  async run(): Promise<RecoverAnswer> {
    const { args, flags } = await this.parse(PatternRecover);
    const { recoverPattern } = await import('../../operations/pattern/recover.ts');
    const answer = await recoverPattern(args.file, flags, this.say);
    const { recoverText } = await import('../../operations/pattern/view/patternRecover.ts');
    this.log(recoverText(answer));
    return answer;
  }
}
