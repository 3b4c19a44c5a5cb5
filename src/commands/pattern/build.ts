import { PatternCommand } from '../../cli/patternCommand.ts';
import type { BuildAnswer } from '../../operations/pattern/build.ts';
import { buildFlags } from '../../operations/pattern/buildFlags.ts';

export default class PatternBuild extends PatternCommand {
  static override summary = 'Make a placement of experts from their load.';
  static override description =
    `Reads loads, chooses how many copies every expert gets and where they stand, verifies the result and writes it: OUT.npy is
OmniPlacement's pattern, OUT.json vllm-ascend's expert_map. Needs no host. docs/patterns.md goes through it by task.`;
  static override usage =
    'pattern build --load FILE|DIR... --ranks R [--slots K | --redundant-per-rank X | --slot-budget N] [--old FILE [--max-moves N]] [--solver NAME] [--out FILE] [--report out.html] [FLAGS]';
  static override examples = [
    '<%= config.bin %> pattern build --load dump/20250619_095310 --ranks 64 --redundant-per-rank 1 --out pattern.npy',
    '<%= config.bin %> pattern build --load load.npy --old pattern.npy --max-moves 400 --out next.npy --report next.html',
    '<%= config.bin %> pattern build --load topk_ids_count.csv --ranks 32 --slots 9 --split affine --json',
    '<%= config.bin %> pattern build --load load.npy --ranks 32 --solver flashlb --repair --out flashlb.npy',
    '<%= config.bin %> pattern build --load - --ranks 32 --slot-budget 16000 --cover rank < load.npy',
    '<%= config.bin %> pattern build --load load.npy --ranks 64 --slots 5 --keep-local --par-cost 0.05 --out near.npy',
  ];
  static override flags = buildFlags;

  async run(): Promise<BuildAnswer> {
    const { flags } = await this.parse(PatternBuild);
    const [{ buildPattern }, { refuseUnwritable }] = await Promise.all([
      import('../../operations/pattern/build.ts'),
      import('../../files/writeFile.ts'),
    ]);
    for (const file of [flags.out, flags.report]) if (file !== undefined) await refuseUnwritable(file);
    const built = await buildPattern(flags, this.say);
    if (flags.report !== undefined) {
      const { writeReport } = await import('../../operations/pattern/writeReport.ts');
      await writeReport(built, flags.report);
    }
    const { buildText } = await import('../../operations/pattern/view/patternBuild.ts');
    this.log(buildText(built, flags.report));
    return built.answer;
  }
}
