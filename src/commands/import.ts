import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/baseCommand.ts';
import { IMPORT_DESCRIPTION, IMPORT_EXAMPLES, IMPORT_SUMMARY } from '../imports/importHelp.ts';
import type { ImportAnswer } from '../operations/import/importCommand.ts';

export default class Import extends BaseCommand {
  static override summary = IMPORT_SUMMARY;
  static override description = IMPORT_DESCRIPTION;
  static override examples = IMPORT_EXAMPLES;
  static override strict = false;
  static override args = { files: Args.string({ description: 'files of the other tool', required: true }) };
  static override flags = {
    env: Flags.string({
      helpValue: 'PLAYBOOK',
      description: 'the playbook whose environment: sets image, model and paths',
    }),
    out: Flags.string({
      char: 'o',
      helpValue: 'FILE',
      description: 'where to write the deployment file (default: stdout)',
    }),
    force: Flags.boolean({ char: 'f', description: 'overwrite the file' }),
  };

  async run(): Promise<ImportAnswer['answer']> {
    const { argv, flags } = await this.parse(Import);
    const { importCommand } = await import('../operations/import/importCommand.ts');
    const { answer, text, talk } = await importCommand(argv as string[], flags);
    if (talk !== '') this.say(talk);
    this.log(text);
    return answer;
  }
}
