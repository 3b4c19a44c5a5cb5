import { Flags } from '@oclif/core';
import { SessionCommand } from '../cli/sessionCommand.ts';
import { deploymentFlag, overrideFlag } from '../operations/session/flags.ts';
import { nodeWords } from '../operations/session/nodeWords.ts';

/** A fast answer about the rest is worth more than patience with one host. */
const CONNECT_TIMEOUT_MS = 2_500;

export default class Status extends SessionCommand {
  static override summary =
    'Show what is actually running: live state of every host and a test request through the proxy.';
  static override description =
    "States: serving, slow, maintenance (tokens come, and a run works on what is missing), degraded (tokens come, but a part is missing), starting, dead, stopped. Each problem is listed with the next command. Facts come within 5 seconds; only the token may take longer. With --watch the state is refreshed until Ctrl-C; with --json too, each refresh is one line. Exit codes: 0 while tokens come as they should, 6 not, 4 no host can be reached, 130 after --watch. NODE: show only these nodes, hosts, roles or groups; the state stays the cluster's. A word that ends in .yml is the deployment file (default: the one served last, which is named).";
  static override examples = [
    '<%= config.bin %> status cluster.yml',
    '<%= config.bin %> status decode cluster.yml',
    '<%= config.bin %> status --json',
    '<%= config.bin %> status --watch',
    '<%= config.bin %> status cluster.yml --config d0',
  ];
  static override usage = 'status [NODE...] [DEPLOYMENT]';
  static override strict = false;
  static override flags = {
    deployment: deploymentFlag,
    override: overrideFlag,
    config: Flags.string({
      helpValue: 'NODE',
      exclusive: ['watch'],
      description: 'print what this node runs: its settings, who served them, its image and files',
    }),
    timeout: Flags.string({ default: '30s', helpValue: 'TIME', description: 'how long the token may take' }),
    slow: Flags.string({ default: '2s', helpValue: 'TIME', description: 'a token that takes longer is slow' }),
    watch: Flags.boolean({ char: 'w', description: 'refresh until Ctrl-C' }),
    interval: Flags.integer({ min: 1, dependsOn: ['watch'], description: 'seconds between refreshes (default: 2)' }),
  };

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Status);
    const { file, nodes } = nodeWords(argv as string[], flags.deployment);
    const wish = { file, flags, quiet: true, connectTimeoutMs: CONNECT_TIMEOUT_MS };
    if (flags.config !== undefined) {
      const { config } = flags;
      const ofConfig = import('../operations/status/configCommand.ts');
      return this.inSession(ofConfig, wish, ({ configCommand }, session) => configCommand(session, config));
    }
    const verb = import('../operations/status/statusCommand.ts');
    return this.inSession(verb, wish, async ({ statusCommand, statusWatchCommand, statusWish }, session) => {
      const asked = statusWish(flags, nodes, this.jsonEnabled(), session);
      return flags.watch
        ? this.exit(await statusWatchCommand(session, (flags.interval ?? 2) * 1000, asked))
        : statusCommand(session, asked);
    });
  }
}
