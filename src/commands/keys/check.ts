import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/baseCommand.ts';
import { deploymentArg, overrideFlag } from '../../operations/session/flags.ts';

export default class KeysCheck extends BaseCommand {
  static override summary = 'Log in to every host with its key alone, and say where that fails.';
  static override description =
    'Touches nothing. Exit codes: 0 all keys work, 3 one does not, 4 only unreachable hosts failed.';
  static override examples = [
    '<%= config.bin %> keys check cluster.yml',
    '<%= config.bin %> keys check cluster.yml --json',
  ];
  static override args = { deployment: deploymentArg };
  static override flags = {
    override: overrideFlag,
    key: Flags.string({
      helpValue: 'FILE',
      description: 'private key for hosts whose login names none (default: ~/.ssh/id_ed25519)',
    }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(KeysCheck);
    const { keysCheckCommand } = await import('../../operations/keys/keysCommand.ts');
    return this.print(await keysCheckCommand({ file: args.deployment, overrides: flags.override, ...flags }));
  }
}
