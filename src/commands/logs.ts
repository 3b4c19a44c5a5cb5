import { SessionCommand } from '../cli/sessionCommand.ts';
import { logsFlags } from '../operations/logs/logsFlags.ts';
import { nodeWords } from '../operations/session/nodeWords.ts';

export default class Logs extends SessionCommand {
  static override summary = 'Show the logs of nodes, merged by time; -f follows them.';
  static override description =
    'NODE: nodes, hosts, roles or groups; none: everything. A word that ends in .yml is the deployment file (default: the one served last). Each line follows its node and log, which have a colour per node on a terminal; lines without a time (tracebacks) stay with the line before them. Lines about requests that were answered are hidden: --access shows them. With --json one document, with -f a document per line. Ctrl-C ends the readers on the hosts too. Exit codes: 0 done, 2 bad usage, 4 a host could not be reached, 130 interrupted.';
  static override usage = 'logs [NODE...] [DEPLOYMENT]';
  static override examples = [
    '<%= config.bin %> logs d0 cluster.yml',
    '<%= config.bin %> logs -f decode',
    '<%= config.bin %> logs --since 10m --json',
    '<%= config.bin %> logs --errors --since 1h',
    '<%= config.bin %> logs decode --grep "KV cache|preempt"',
  ];
  static override strict = false;
  static override flags = logsFlags;

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Logs);
    const { file, nodes } = nodeWords(argv as string[], flags.deployment);
    const json = this.jsonEnabled();
    const verb = import('../operations/logs/logsCommand.ts');
    return this.inSession(verb, { file, flags, quiet: true }, async ({ logsCommand }, session) => {
      const shown = await logsCommand(session, { ...flags, nodes, json });
      // while following, every line was a document of its own
      return json && flags.follow ? this.exit(shown.exitCode) : shown;
    });
  }
}
