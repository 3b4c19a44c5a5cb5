import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/baseCommand.ts';
import { deploymentFlag } from '../operations/session/flags.ts';
import { nodeWords } from '../operations/session/nodeWords.ts';

export default class History extends BaseCommand {
  static override summary = 'List the runs of a cluster: when, what changed, how they ended.';
  static override description =
    'Runs started from this machine, newest first, from their journals. With RUN (an id, the beginning of one, or "last") every step of that run. A word that ends in .yml is the deployment file (default: the one served last). A run whose process was killed is shown as died, with the steps of which nothing is known.';
  static override usage = 'history [RUN] [DEPLOYMENT]';
  static override examples = [
    '<%= config.bin %> history cluster.yml',
    '<%= config.bin %> history last',
    '<%= config.bin %> history 20261121-23 --json',
  ];
  static override strict = false;
  static override flags = {
    deployment: deploymentFlag,
    limit: Flags.integer({ char: 'n', default: 20, min: 1, description: 'runs listed' }),
  };

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(History);
    const { historyCommand } = await import('../operations/history/historyCommand.ts');
    const { file, nodes } = nodeWords(argv as string[], flags.deployment);
    return this.print(await historyCommand(file, nodes[0], flags.limit));
  }
}
