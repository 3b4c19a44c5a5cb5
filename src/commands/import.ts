import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/baseCommand.ts';
import type { ImportResult } from '../operations/import/importFile.ts';

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

  async run(): Promise<ImportResult & { readonly out: string | null }> {
    const { argv, flags } = await this.parse(Import);
    const { importCommand } = await import('../operations/import/importCommand.ts');
    const out = flags.out ?? null;
    const files = [...(argv as string[]), ...(flags.env === undefined ? [] : [flags.env])];
    const { result, text, talk } = await importCommand({ files, out, force: flags.force });
    if (talk !== '' && !this.jsonEnabled()) process.stderr.write(`${talk}\n`);
    this.log(text);
    return { ...result, out };
  }
}
