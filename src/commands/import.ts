import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/baseCommand.ts';
import type { ImportAnswer } from '../operations/import/importCommand.ts';

export default class Import extends BaseCommand {
  static override summary = 'Make a deployment file of what omni_cli or the Ansible template have.';
  static override description =
    `Reads omni_cli's omni_infer_deployment.yml (or .json), its server_profiles.yml, or an Ansible inventory in YAML with the
hosts p0 d0 c0..., and writes one commented deployment file that starts the same servers. What has no place in it is listed
on stderr and in its first comment. Passwords are not copied. No host is touched.`;
  static override examples = [
    '<%= config.bin %> import omni_infer_deployment.yml --out cluster.yml',
    '<%= config.bin %> import omni_infer_inventory_used_for_2P1D.yml --env omni_infer_server_template.yml --out cluster.yml',
    '<%= config.bin %> import server_profiles.yml',
  ];
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
