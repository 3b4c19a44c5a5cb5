import { Flags } from '@oclif/core';
import { SessionCommand } from '../cli/sessionCommand.ts';
import { deploymentFlag } from '../operations/session/flags.ts';
import { nodeWords } from '../operations/session/nodeWords.ts';
import { lastFlag, runFlags, wholeRunFlags } from '../operations/session/runFlags.ts';

export default class Stop extends SessionCommand {
  static override summary = 'Stop the proxy and the servers of a cluster; containers and files stay.';
  static override description =
    'NODE: nodes, hosts, roles or groups, as --limit takes them; none: everything. A word that ends in .yml is the deployment file (default: the one served last). The last instance that serves a role needs --last. With --remove the containers and everything omniplace put on the hosts go too; nothing that carries another label is touched.';
  static override usage = 'stop [NODE...] [DEPLOYMENT]';
  static override examples = [
    '<%= config.bin %> stop cluster.yml',
    '<%= config.bin %> stop decode cluster.yml --yes --last',
    '<%= config.bin %> stop cluster.yml --remove',
    '<%= config.bin %> stop cluster.yml --removed-hosts',
  ];
  static override strict = false;
  static override flags = {
    ...runFlags,
    deployment: deploymentFlag,
    check: wholeRunFlags.check,
    last: lastFlag,
    remove: Flags.boolean({ description: 'remove containers and files as well' }),
    'removed-hosts': Flags.boolean({
      exclusive: ['remove', 'limit'],
      description: 'clean the hosts that the deployment file no longer has, and nothing else',
    }),
  };

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Stop);
    const { file, nodes } = nodeWords(argv as string[], flags.deployment);
    const verb = import('../operations/stop/stopCommand.ts');
    return this.inSession(verb, { file, flags, journaled: !flags.check }, ({ stopCommand }, session) =>
      stopCommand(session, { ...flags, removedHosts: flags['removed-hosts'], limit: [...nodes, ...flags.limit] }),
    );
  }
}
