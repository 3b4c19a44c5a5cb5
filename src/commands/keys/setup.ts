import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/baseCommand.ts';
import { deploymentArg, overrideFlag } from '../../operations/session/flags.ts';

export default class KeysSetup extends BaseCommand {
  static override summary = 'Make an SSH key and bring it to every host, by password once.';
  static override description =
    `Makes the key that the deployment names (ed25519) where there is none, shows the keys of hosts that are not known yet,
brings the public half to every host that does not take it yet, and proves that it logs in. The password is asked for
without echo, or comes from where the deployment says. Exit codes: 0 all keys work, 3 one does not, 4 only unreachable
hosts failed.`;
  static override examples = [
    '<%= config.bin %> keys setup cluster.yml',
    '<%= config.bin %> keys setup cluster.yml --yes -e deployment.defaults.password.env=PASSWORD',
  ];
  static override args = { deployment: deploymentArg };
  static override flags = {
    override: overrideFlag,
    key: Flags.string({
      helpValue: 'FILE',
      description: 'private key for hosts whose login names none (default: ~/.ssh/id_ed25519)',
    }),
    yes: Flags.boolean({ char: 'y', description: 'accept the keys of hosts that are not known yet' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(KeysSetup);
    const { keysSetupCommand } = await import('../../operations/keys/keysCommand.ts');
    return this.print(await keysSetupCommand({ file: args.deployment, overrides: flags.override, ...flags }));
  }
}
