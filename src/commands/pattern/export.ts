import { Args, Flags } from '@oclif/core';
import { PatternCommand } from '../../cli/patternCommand.ts';
import type { ExportAnswer } from '../../operations/pattern/export.ts';
import { mapFlags, ranksPerHostFlag } from '../../operations/pattern/flags.ts';

export default class PatternExport extends PatternCommand {
  static override summary = 'Write a placement in the form of every engine, and the moves that lead to it.';
  static override description =
    `vLLM's tensors as int64 .npy (physical_to_logical_map, logical_to_physical_map, logical_replica_count), vllm-ascend's expert_map,
OmniPlacement's pattern, SGLang's map. Released vLLM reads no such map: its tensors are for builds of your own. With --old a transfer plan as JSON. Each file is read back and compared.`;
  static override examples = [
    '<%= config.bin %> pattern export next.npy maps',
    '<%= config.bin %> pattern export next.npy maps --old pattern.npy --ranks-per-host 16 --json',
  ];
  static override args = {
    file: Args.string({ required: true, description: 'placement to read; - is stdin' }),
    folder: Args.string({ required: true, description: 'folder to write to' }),
  };
  static override flags = {
    old: Flags.string({ helpValue: 'FILE', description: 'the placement that serves now: moves are planned from it' }),
    'ranks-per-host': ranksPerHostFlag,
    ...mapFlags,
  };

  async run(): Promise<ExportAnswer> {
    const { args, flags } = await this.parse(PatternExport);
    const { exportPattern } = await import('../../operations/pattern/export.ts');
    const answer = await exportPattern(args.file, args.folder, flags);
    const { exportText } = await import('../../operations/pattern/view/patternExport.ts');
    this.log(exportText(answer));
    return answer;
  }
}
