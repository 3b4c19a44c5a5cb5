import { Args } from '@oclif/core';
import { SessionCommand } from '../../cli/sessionCommand.ts';
import { overrideFlag } from '../../operations/session/flags.ts';

export default class LockStatus extends SessionCommand {
  static override summary = 'Tell who may change a cluster now, on which hosts, and whether he lives.';
  static override description =
    'Commands that change hosts hold a lease on each of them while they do. An owner raises its sequence every third of its time to live; it is watched for that long, by the clock of this machine alone. Exit codes: 0 nobody holds it, 5 somebody does, 4 no host can be reached.';
  static override examples = ['<%= config.bin %> lock status cluster.yml', '<%= config.bin %> lock status --json'];
  static override args = { deployment: Args.string({ description: 'deployment file (default: the one served last)' }) };
  static override flags = { override: overrideFlag };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(LockStatus);
    const verb = import('../../operations/lock/lockCommand.ts');
    return this.inSession(verb, { file: args.deployment, flags, quiet: true }, ({ lockStatusCommand }, session) =>
      lockStatusCommand(session),
    );
  }
}
