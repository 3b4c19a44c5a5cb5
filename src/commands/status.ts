import { Args } from '@oclif/core';
import { BaseCommand } from '../cli/baseCommand.ts';
import { overrideFlag } from '../cli/flags.ts';

export default class Status extends BaseCommand {
  static override summary = 'Tell what really runs: live facts of every host and a token through the proxy.';
  static override description =
    'States: serving, degraded (tokens come, but a part is missing), starting, dead, stopped. Exit codes: 0 serving, 6 not, 4 no host can be reached. Without a deployment the one served last is asked, and named.';
  static override examples = ['<%= config.bin %> status cluster.yml', '<%= config.bin %> status --json'];
  static override args = { deployment: Args.string({ description: 'deployment file (default: the one served last)' }) };
  static override flags = { override: overrideFlag };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Status);
    const [{ openSession }, { statusCommand }] = await Promise.all([
      import('../cli/session.ts'),
      import('../cli/statusCommand.ts'),
    ]);
    const session = await openSession({
      file: args.deployment,
      overrides: flags.override,
      json: this.jsonEnabled(),
      verbose: false,
      quiet: true,
      // somebody waits: an answer about the rest is worth more than patience with one host
      connectTimeoutMs: 3_000,
    });
    try {
      const { answer, text, exitCode } = await statusCommand(session);
      this.log(text);
      process.exitCode = exitCode;
      return answer;
    } finally {
      await session.close();
    }
  }
}
