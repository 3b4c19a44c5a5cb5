import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/baseCommand.ts';
import { overrideFlag } from '../operations/session/flags.ts';

export default class Status extends BaseCommand {
  static override summary = 'Tell what really runs: live facts of every host and a token through the proxy.';
  static override description =
    'States: serving, degraded (tokens come, but a part is missing), starting, dead, stopped. What is wrong is named with the next command for it. With --watch it looks again and again, on a terminal in place; with --json too, each look is one line. Exit codes: 0 serving, 6 not, 4 no host can be reached, 130 after --watch. Without a deployment the one served last is asked, and named.';
  static override examples = [
    '<%= config.bin %> status cluster.yml',
    '<%= config.bin %> status --json',
    '<%= config.bin %> status --watch',
  ];
  static override args = { deployment: Args.string({ description: 'deployment file (default: the one served last)' }) };
  static override flags = {
    override: overrideFlag,
    watch: Flags.boolean({ char: 'w', description: 'look again and again, until Ctrl-C' }),
    interval: Flags.integer({ min: 1, dependsOn: ['watch'], description: 'seconds between two looks (default: 2)' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Status);
    const [{ openSession }, { statusCommand, watchCommand }] = await Promise.all([
      import('../operations/session/session.ts'),
      import('../operations/status/statusCommand.ts'),
    ]);
    const session = await openSession({
      file: args.deployment,
      overrides: flags.override,
      json: this.jsonEnabled(),
      verbose: false,
      quiet: true,
      // somebody waits: an answer about the rest is worth more than patience with one host
      connectTimeoutMs: 2_500,
    });
    try {
      if (flags.watch) return this.exit(await watchCommand(session, (flags.interval ?? 2) * 1000, this.jsonEnabled()));
      const { answer, text, exitCode } = await statusCommand(session);
      this.log(text);
      process.exitCode = exitCode;
      return answer;
    } finally {
      await session.close();
    }
  }
}
