import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/baseCommand.ts';
import { balanceFlags } from '../../operations/balance/balanceFlags.ts';

export default class Balance extends BaseCommand {
  static override summary =
    'From recorded loads to a better placement in service: measure, solve, roll out, measure again.';
  static override description =
    'Fetches the newest windows of OmniPlacement’s dumps (turning dumps on first where they are off, which restarts servers and is said), places the experts for them under the engine’s own routing, and says what is predicted to be gained. Where it is worth a restart, the pattern goes to the hosts and the servers restart, one instance of a role after the other; a token proves them, and PAR is measured again. Where the servers don’t come up, or PAR is worse than before, it goes back to what served before. The deployment file is never touched: what balance decided stands in <deployment>.balance/overlay.yml, which every command reads on top of it; -e beats it. Killed at any point, the next balance goes on from there. With --watch it stays and looks each --interval: layers above --par-threshold whose gain is worth the move are swapped while the engine serves, where the engine can do that, and elsewhere wait for --restart-window; what it knows is kept beside the deployment file. Exit codes: 0 done or nothing worth doing, 2 bad usage or no usable windows (nothing changed), 3 turning dumps on failed, 5 another run or watcher holds the cluster, 7 went back, 8 going back failed, 130 interrupted (so does --watch end, but after --rounds).';
  static override usage = 'balance [DEPLOYMENT] [--role ROLE] [--check | --write | --watch] [FLAGS]';
  static override examples = [
    '<%= config.bin %> balance cluster.yml --check',
    '<%= config.bin %> balance cluster.yml --role decode --yes',
    '<%= config.bin %> balance cluster.yml --windows 3 --min-gain 0.01 --json',
    '<%= config.bin %> balance cluster.yml --watch --metrics 9464',
    '<%= config.bin %> balance cluster.yml --watch --restart-window 02:00-04:00',
  ];
  static override args = {
    deployment: Args.string({ description: 'deployment file (default: the one served last)' }),
  };
  static override flags = balanceFlags;

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Balance);
    const given = { ...flags, json: this.jsonEnabled(), version: this.config.version };
    if (flags.watch) {
      const { watchCommand } = await import('../../operations/balance/watch/watchCommand.ts');
      return this.exit(await watchCommand(args.deployment, given));
    }
    const { balanceCommand } = await import('../../operations/balance/balanceCommand.ts');
    return this.print(await balanceCommand(args.deployment, given));
  }
}
