import { Flags } from '@oclif/core';
import { SessionCommand } from '../cli/sessionCommand.ts';
import { deploymentFlag, overrideFlag } from '../operations/session/flags.ts';
import { nodeWords } from '../operations/session/nodeWords.ts';

/** A host that is off must not delay the list, ms. */
const CONNECT_TIMEOUT_MS = 2_500;

export default class History extends SessionCommand {
  static override summary = 'List the runs of a cluster: when, by whom, what changed, how they ended.';
  static override description =
    'Runs of every machine, newest first: from the hosts, which remember the last 200, and from the journals of this machine. With RUN (an id, the beginning of one, or "last") every step of that run, if it was started here. A run whose process was killed is shown as died.';
  static override usage = 'history [RUN] [DEPLOYMENT]';
  static override examples = [
    '<%= config.bin %> history cluster.yml',
    '<%= config.bin %> history cluster.yml --since 2d',
    '<%= config.bin %> history last',
    '<%= config.bin %> history 20261121-23 --json',
  ];
  static override strict = false;
  static override flags = {
    deployment: deploymentFlag,
    override: overrideFlag,
    limit: Flags.integer({ char: 'n', default: 20, min: 1, description: 'number of runs listed' }),
    since: Flags.string({ helpValue: 'TIME', description: 'only runs started since then: 2d, 12h, 2026-11-20' }),
    local: Flags.boolean({ description: 'only runs started from this machine, without asking hosts' }),
  };

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(History);
    const { file, nodes } = nodeWords(argv as string[], flags.deployment);
    const verb = import('../operations/history/historyCommand.ts');
    const wish = { file, flags, quiet: true, connectTimeoutMs: CONNECT_TIMEOUT_MS };
    return this.inSession(verb, wish, ({ historyCommand }, session) =>
      historyCommand(session, { run: nodes[0], limit: flags.limit, since: flags.since, local: flags.local }),
    );
  }
}
