import { Flags } from '@oclif/core';
import { SessionCommand } from '../cli/sessionCommand.ts';
import { nodeWords } from '../operations/session/nodeWords.ts';
import { lastFlag, wholeRunFlags } from '../operations/session/runFlags.ts';

export default class Restart extends SessionCommand {
  static override summary = 'Restart servers from what is on their hosts, in safe order, up to a verified token.';
  static override description =
    'NODE: nodes, hosts, roles or groups, as --limit of serve takes them; none: everything. A word that ends in .yml is the deployment file (default: the one served last). An instance restarts as a whole: its ranks meet only once. The last instance that serves a role needs --last. Proxy, prefill and decode go down in this order; decode, prefill and proxy come up. What is installed is restarted; a pending edit of the deployment file is named, and --apply takes it along. Exit codes: 0 done, 2 bad usage, 3 a step failed, 4 only unreachable hosts failed, 6 restarted but no token came, 130 interrupted.';
  static override usage = 'restart [NODE...] [DEPLOYMENT]';
  static override examples = [
    '<%= config.bin %> restart d0 cluster.yml',
    '<%= config.bin %> restart prefill --yes',
    '<%= config.bin %> restart d0 cluster.yml --apply --check',
    '<%= config.bin %> restart --check',
  ];
  static override strict = false;
  static override flags = {
    ...wholeRunFlags,
    last: lastFlag,
    apply: Flags.boolean({ description: 'take along what the deployment file has changed for them' }),
  };

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Restart);
    const { file, nodes } = nodeWords(argv as string[], flags.deployment);
    const verb = import('../operations/restart/restartCommand.ts');
    return this.inSession(verb, { file, flags, journaled: !flags.check }, ({ restartCommand }, session) =>
      restartCommand(session, { ...flags, nodes }),
    );
  }
}
