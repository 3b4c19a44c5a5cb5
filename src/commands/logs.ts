import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/baseCommand.ts';
import { deploymentFlag, overrideFlag } from '../operations/session/flags.ts';

export default class Logs extends BaseCommand {
  static override summary = 'Show the logs of nodes, merged by time; -f follows them.';
  static override description =
    'NODE: nodes, hosts, roles or groups; none: everything. A word that ends in .yml is the deployment file (default: the one served last). Each line stands behind its node and log; lines without a time (tracebacks) stay with the line before them. With --json one document, with -f a document per line. Ctrl-C ends what reads on the hosts too. Exit codes: 0 done, 2 bad usage, 4 a host could not be reached, 130 interrupted.';
  static override usage = 'logs [NODE...] [DEPLOYMENT]';
  static override examples = [
    '<%= config.bin %> logs d0 cluster.yml',
    '<%= config.bin %> logs -f decode',
    '<%= config.bin %> logs --since 10m --json',
  ];
  static override strict = false;
  static override flags = {
    deployment: deploymentFlag,
    override: overrideFlag,
    follow: Flags.boolean({ char: 'f', description: 'go on with what is written from now on, until Ctrl-C' }),
    since: Flags.string({
      helpValue: 'TIME',
      description: 'leave out what is older: 90s, 10m, 2h, 1d, or an ISO time',
    }),
    lines: Flags.integer({
      char: 'n',
      min: 1,
      description: 'last lines of each log (default: 100; with --since 10000)',
    }),
  };

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Logs);
    const [{ openSession }, { logsCommand }, { nodeWords }] = await Promise.all([
      import('../operations/session/session.ts'),
      import('../operations/logs/logsCommand.ts'),
      import('../operations/session/nodeWords.ts'),
    ]);
    const { file, nodes } = nodeWords(argv as string[], flags.deployment);
    const json = this.jsonEnabled();
    const session = await openSession({ file, overrides: flags.override, verbose: false, json, quiet: true });
    try {
      const { follow, since, lines } = flags;
      const { answer, exitCode } = await logsCommand(session, { nodes, follow, since, lines, json });
      process.exitCode = exitCode;
      // while following, every line was a document of its own
      if (json && follow) return this.exit(exitCode);
      return answer;
    } finally {
      await session.close();
    }
  }
}
