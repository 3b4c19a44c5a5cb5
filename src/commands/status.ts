import { Args, Flags } from '@oclif/core';
import { SessionCommand } from '../cli/sessionCommand.ts';
import { overrideFlag } from '../operations/session/flags.ts';

/** Somebody waits: an answer about the rest is worth more than patience with one host. */
const CONNECT_TIMEOUT_MS = 2_500;

export default class Status extends SessionCommand {
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
    const verb = import('../operations/status/statusCommand.ts');
    const wish = { file: args.deployment, flags, quiet: true, connectTimeoutMs: CONNECT_TIMEOUT_MS };
    return this.inSession(verb, wish, async ({ statusCommand, statusWatchCommand }, session) =>
      flags.watch
        ? this.exit(await statusWatchCommand(session, (flags.interval ?? 2) * 1000, this.jsonEnabled()))
        : statusCommand(session),
    );
  }
}
