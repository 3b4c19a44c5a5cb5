import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/baseCommand.ts';
import { overrideFlag } from '../../operations/session/flags.ts';

export default class LockStatus extends BaseCommand {
  static override summary = 'Tell who may change a cluster now, on which hosts, and whether he lives.';
  static override description =
    'Commands that change hosts hold a lease on each of them while they do. An owner raises its sequence every third of its time to live; it is watched for that long, by the clock of this machine alone. Exit codes: 0 nobody holds it, 5 somebody does, 4 no host can be reached.';
  static override examples = ['<%= config.bin %> lock status cluster.yml', '<%= config.bin %> lock status --json'];
  static override args = { deployment: Args.string({ description: 'deployment file (default: the one served last)' }) };
  static override flags = { override: overrideFlag };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(LockStatus);
    const [{ openSession }, { lockStatusCommand }] = await Promise.all([
      import('../../operations/session/session.ts'),
      import('../../operations/lock/lockCommand.ts'),
    ]);
    const { override: overrides } = flags;
    const json = this.jsonEnabled();
    const session = await openSession({ file: args.deployment, overrides, json, verbose: false, quiet: true });
    try {
      const { answer, text, exitCode } = await lockStatusCommand(session);
      this.log(text);
      process.exitCode = exitCode;
      return answer;
    } finally {
      await session.close();
    }
  }
}
