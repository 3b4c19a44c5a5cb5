import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/baseCommand.ts';

export default class BalanceHistory extends BaseCommand {
  static override summary = 'Compare what balance decided: predicted, measured, and what became of it.';
  static override description =
    'Oldest first, from <deployment>.balance/history.jsonl; earlier patterns stay beside it, each with a .json that says from which load, solver and seed it was made.';
  static override examples = [
    '<%= config.bin %> balance history cluster.yml',
    '<%= config.bin %> balance history --json',
  ];
  static override args = {
    deployment: Args.string({ description: 'deployment file (default: the one served last)' }),
  };

  async run(): Promise<unknown> {
    const { args } = await this.parse(BalanceHistory);
    const { balanceHistoryCommand } = await import('../../operations/balance/balanceCommand.ts');
    return this.print(await balanceHistoryCommand(args.deployment));
  }
}
