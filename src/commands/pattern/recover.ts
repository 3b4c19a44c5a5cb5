import { Args, Flags } from '@oclif/core';
import { PatternCommand } from '../../cli/patternCommand.ts';
import type { RecoverAnswer } from '../../operations/pattern/recover.ts';

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
  static override flags = {
    lost: Flags.string({ required: true, helpValue: 'RANKS', description: 'as 5,6 or 16-31, or a host as host1' }),
    load: Flags.string({
      multiple: true,
      helpValue: 'FILE|DIR',
      description: 'loads as for pattern build; without one all experts count alike',
    }),
    'recorded-under': Flags.string({
      helpValue: 'base|FILE',
      description: 'what served while the dump was recorded: its columns are slots of that placement',
    }),
    'max-moves': Flags.string({
      helpValue: 'N',
      description:
        'experts that may arrive on survivors, or layer=N,rank=N,all=N; by default as many as slots are lost',
    }),
    slots: Flags.integer({ min: 1, helpValue: 'K', description: 'slots per survivor; by default what they had' }),
    'ranks-per-host': Flags.integer({ min: 1, default: 16, helpValue: 'N', description: 'dies of a host' }),
    out: Flags.string({ helpValue: 'DIR', description: 'write maps, plan and rank mapping to this folder' }),
    ranks: Flags.integer({ min: 1, helpValue: 'R', description: 'of a SGLang map, which does not say it' }),
    experts: Flags.integer({ min: 1, helpValue: 'E', description: 'of a JSON map; by default the highest it names' }),
  };

  async run(): Promise<RecoverAnswer> {
    const { args, flags } = await this.parse(PatternRecover);
    const { recoverPattern } = await import('../../operations/pattern/recover.ts');
    const answer = await recoverPattern(args.file, flags, this.say);
    const { recoverText } = await import('../../operations/pattern/view/patternRecover.ts');
    this.log(recoverText(answer));
    return answer;
  }
}
