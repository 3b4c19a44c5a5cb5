import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/baseCommand.ts';
import { deploymentFlag } from '../operations/session/flags.ts';
import { runFlags } from '../operations/session/runFlags.ts';

export default class Restart extends BaseCommand {
  static override summary = 'Restart servers from what is on their hosts, in safe order, up to a verified token.';
  static override description =
    'NODE: nodes, hosts, roles or groups, as --limit of serve takes them; none: everything. A word that ends in .yml is the deployment file (default: the one served last). An instance restarts as a whole: its ranks meet only once. Proxy, prefill and decode go down in this order; decode, prefill and proxy come up. Nothing is pushed: where a host holds something older than the deployment, restart says so and serve is the command. Exit codes: 0 done, 2 bad usage, 3 a step failed, 4 only unreachable hosts failed, 6 restarted but no token came, 130 interrupted.';
  static override usage = 'restart [NODE...] [DEPLOYMENT]';
  static override examples = [
    '<%= config.bin %> restart d0 cluster.yml',
    '<%= config.bin %> restart prefill --yes',
    '<%= config.bin %> restart --check',
  ];
  static override strict = false;
  static override flags = {
    deployment: deploymentFlag,
    override: runFlags.override,
    forks: runFlags.forks,
    yes: runFlags.yes,
    verbose: runFlags.verbose,
    timings: runFlags.timings,
    trace: runFlags.trace,
    check: Flags.boolean({ char: 'C', description: 'show what would be done, and do nothing' }),
  };

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Restart);
    const [{ openSession }, { restartCommand }, { nodeWords }] = await Promise.all([
      import('../operations/session/session.ts'),
      import('../operations/restart/restartCommand.ts'),
      import('../operations/session/nodeWords.ts'),
    ]);
    const { file, nodes } = nodeWords(argv as string[], flags.deployment);
    const { verbose, override: overrides, timings, trace } = flags;
    const session = await openSession({
      file,
      overrides,
      verbose,
      timings,
      trace,
      json: this.jsonEnabled(),
      journaled: !flags.check,
    });
    try {
      const { answer, text, exitCode } = await restartCommand(session, { ...flags, nodes });
      this.log(text);
      process.exitCode = exitCode;
      return answer;
    } finally {
      await session.close();
    }
  }
}
