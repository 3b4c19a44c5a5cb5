import { Args } from '@oclif/core';
import { SessionCommand } from '../../cli/sessionCommand.ts';
import { overrideFlag } from '../../operations/session/flags.ts';
import { runFlags } from '../../operations/session/runFlags.ts';

export default class LockRelease extends SessionCommand {
  static override summary = "Take a cluster's lease away from its owner.";
  static override description =
    'Seldom needed: the lease of a process that died is taken over by the next command. Whatever the owner still begins on a host is refused there, so a run that lives stops halfway. Exit codes: 0 released, 2 no such lease, 4 a host can not be reached.';
  static override examples = ['<%= config.bin %> lock release 5f0c8a1be2d34f67 cluster.yml --yes'];
  static override args = {
    id: Args.string({ required: true, description: 'id of the lease, as `lock status` shows it' }),
    deployment: Args.string({ description: 'deployment file (default: the one served last)' }),
  };
  static override flags = { override: overrideFlag, yes: runFlags.yes };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(LockRelease);
    const verb = import('../../operations/lock/lockCommand.ts');
    return this.inSession(verb, { file: args.deployment, flags, quiet: true }, ({ lockReleaseCommand }, session) =>
      lockReleaseCommand(session, args.id, flags.yes),
    );
  }
}
