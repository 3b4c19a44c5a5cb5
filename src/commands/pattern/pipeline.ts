import { PatternCommand } from '../../cli/patternCommand.ts';
import { EXIT } from '../../errors/exitCodes.ts';
import type { PipelineAnswer } from '../../operations/pattern/pipeline.ts';
import { pipelineFlags } from '../../operations/pattern/pipelineFlags.ts';

export default class PatternPipeline extends PatternCommand {
  static override summary =
    "Do what OmniPlacement's run_pipeline.sh does: dumps or logs to CSV, patterns and pictures.";
  static override description =
    `Takes the flags of run_pipeline.sh (pattern_generation_pipeline.sh) and gives files its names; pictures are SVG. Patterns are the
tool's own, value by value. All folders are read, dumps are checked, every pattern is verified and what is wrong is said here.
For better patterns of the same counts: omniplace pattern build --load topk_id_count/<CSV>.`;
  static override examples = [
    '<%= config.bin %> pattern pipeline --input_txt_folders dump/decode --num_ranks_target_pattern 64 --collecting_modes decode',
    '<%= config.bin %> pattern pipeline --input_txt_folders p0/dump p1/dump --num_ranks_target_pattern 16 --collecting_modes prefill',
    '<%= config.bin %> pattern pipeline --input_mode log --input_log_files server.log --num_ranks_of_collecting_data 32',
  ];
  static override flags = pipelineFlags;

  async run(): Promise<PipelineAnswer> {
    const { flags } = await this.parse(PatternPipeline);
    const [{ runPipeline }, { pictures }, { pipelineText }] = await Promise.all([
      import('../../operations/pattern/pipeline.ts'),
      import('../../operations/pattern/view/patternPictures.ts'),
      import('../../operations/pattern/view/patternPipeline.ts'),
    ]);
    const timestamp = flags.timestamp ?? toolTimestamp(new Date());
    const answer = await runPipeline({ ...flags, timestamp }, pictures, this.say);
    this.log(pipelineText(answer));
    if (answer.patterns.some(({ problem }) => problem !== null)) process.exitCode = EXIT.usage;
    return answer;
  }
}

/** `20250619_095310`, local time */
function toolTimestamp(now: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  return `${day}_${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}
