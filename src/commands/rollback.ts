import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/baseCommand.ts';
import { deploymentFlag } from '../operations/session/flags.ts';
import { runFlags } from '../operations/session/runFlags.ts';

export default class Rollback extends BaseCommand {
  static override summary = 'Put back a generation that served: its configs, patterns, code, wheels and image.';
  static override description =
    'Each host keeps the last two generations that brought a token. RUN (an id or the beginning of one) names the run in which it served first; without it, the one that served before what is there now. Everything comes from the hosts themselves, so any machine with the deployment file can do it, whatever that file says today. It is refused where a host does not have all of it. Exit codes: 0 back and serving, 2 there is no way back, 3 a step failed, 4 a host can not be reached, 5 locked by another run, 6 put back but no token came, 130 interrupted.';
  static override usage = 'rollback [RUN] [DEPLOYMENT]';
  static override examples = [
    '<%= config.bin %> rollback cluster.yml --check',
    '<%= config.bin %> rollback cluster.yml --yes',
    '<%= config.bin %> rollback 20261121-22 cluster.yml',
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
    const { argv, flags } = await this.parse(Rollback);
    const [{ openSession }, { rollbackCommand }, { nodeWords }] = await Promise.all([
      import('../operations/session/session.ts'),
      import('../operations/rollback/rollbackCommand.ts'),
      import('../operations/session/nodeWords.ts'),
    ]);
    const { file, nodes } = nodeWords(argv as string[], flags.deployment);
    const { verbose, timings, trace, override: overrides } = flags;
    const json = this.jsonEnabled();
    const session = await openSession({ file, overrides, verbose, timings, trace, json, journaled: !flags.check });
    try {
      const { answer, text, exitCode } = await rollbackCommand(session, { ...flags, run: nodes[0] });
      this.log(text);
      process.exitCode = exitCode;
      return answer;
    } finally {
      await session.close();
    }
  }
}
