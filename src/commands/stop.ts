import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/baseCommand.ts';
import { runFlags } from '../cli/runFlags.ts';

export default class Stop extends BaseCommand {
  static override summary = 'Stop the proxy and the servers of a cluster; containers and files stay.';
  static override description =
    'With --remove the containers and everything omniplace put on the hosts go too; nothing that carries another label is touched.';
  static override examples = [
    '<%= config.bin %> stop cluster.yml',
    '<%= config.bin %> stop cluster.yml --limit decode --yes',
    '<%= config.bin %> stop cluster.yml --remove',
  ];
  static override args = { deployment: Args.string({ description: 'deployment file (default: the one served last)' }) };
  static override flags = {
    ...runFlags,
    remove: Flags.boolean({ description: 'remove containers and files as well' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Stop);
    const [{ openSession }, { stopCommand }] = await Promise.all([
      import('../cli/session.ts'),
      import('../cli/stopCommand.ts'),
    ]);
    const { verbose, override: overrides, timings, trace } = flags;
    const json = this.jsonEnabled();
    const session = await openSession({
      file: args.deployment,
      overrides,
      verbose,
      timings,
      trace,
      json,
      journaled: true,
    });
    try {
      const { answer, text, exitCode } = await stopCommand(session, flags);
      this.log(text);
      process.exitCode = exitCode;
      return answer;
    } finally {
      await session.close();
    }
  }
}
