import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/baseCommand.ts';
import { deploymentFlag } from '../operations/session/flags.ts';
import { runFlags } from '../operations/session/runFlags.ts';

export default class Stop extends BaseCommand {
  static override summary = 'Stop the proxy and the servers of a cluster; containers and files stay.';
  static override description =
    'NODE: nodes, hosts, roles or groups, as --limit takes them; none: everything. A word that ends in .yml is the deployment file (default: the one served last). With --remove the containers and everything omniplace put on the hosts go too; nothing that carries another label is touched.';
  static override usage = 'stop [NODE...] [DEPLOYMENT]';
  static override examples = [
    '<%= config.bin %> stop cluster.yml',
    '<%= config.bin %> stop decode cluster.yml --yes',
    '<%= config.bin %> stop cluster.yml --remove',
  ];
  static override strict = false;
  static override flags = {
    ...runFlags,
    deployment: deploymentFlag,
    remove: Flags.boolean({ description: 'remove containers and files as well' }),
  };

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Stop);
    const [{ openSession }, { stopCommand }, { nodeWords }] = await Promise.all([
      import('../operations/session/session.ts'),
      import('../operations/stop/stopCommand.ts'),
      import('../operations/session/nodeWords.ts'),
    ]);
    const { file, nodes } = nodeWords(argv as string[], flags.deployment);
    const { verbose, override: overrides, timings, trace } = flags;
    const json = this.jsonEnabled();
    const session = await openSession({
      file,
      overrides,
      verbose,
      timings,
      trace,
      json,
      journaled: true,
    });
    try {
      const { answer, text, exitCode } = await stopCommand(session, { ...flags, limit: [...nodes, ...flags.limit] });
      this.log(text);
      process.exitCode = exitCode;
      return answer;
    } finally {
      await session.close();
    }
  }
}
