import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/baseCommand.ts';
import { watchFlags } from '../../operations/balance/watch/watchFlags.ts';
import { SOLVER_NAMES } from '../../operations/pattern/solverNames.ts';
import { runFlags } from '../../operations/session/runFlags.ts';

export default class Balance extends BaseCommand {
  static override summary =
    'From recorded loads to a better placement in service: measure, solve, roll out, measure again.';
  static override description =
    'Fetches the newest windows of OmniPlacement’s dumps (turning dumps on first where they are off, which restarts servers and is said), places the experts for them under the engine’s own routing, and says what is predicted to be gained. Where it is worth a restart, the pattern goes to the hosts and the servers restart, one instance of a role after the other; a token proves them, and PAR is measured again. Where the servers don’t come up, or PAR is worse than before, it goes back to what served before. The deployment file is never touched: what balance decided stands in <deployment>.balance/overlay.yml, which every command reads on top of it; -e beats it. Killed at any point, the next balance goes on from there. With --watch it stays and looks each --interval: layers above --par-threshold whose gain is worth the move are swapped while the engine serves, where the engine can do that, and elsewhere wait for --restart-window; what it knows is kept beside the deployment file. Exit codes: 0 done or nothing worth doing, 2 bad usage or no usable windows (nothing changed), 3 turning dumps on failed, 5 another run or watcher holds the cluster, 7 went back, 8 going back failed, 130 interrupted (so does --watch end, but after --rounds).';
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
  static override flags = {
    override: runFlags.override,
    forks: runFlags.forks,
    yes: runFlags.yes,
    verbose: runFlags.verbose,
    check: Flags.boolean({ char: 'C', description: 'show what would be gained, and change nothing' }),
    write: Flags.boolean({
      description: 'write what was decided into the deployment file, comments kept, instead of beside it',
    }),
    role: Flags.option({
      options: ['prefill', 'decode', 'mixed', 'all'] as const,
      default: 'all' as const,
      description: 'whose experts',
    })(),
    kind: Flags.option({
      options: ['auto', 'rearrange', 'redundant'] as const,
      default: 'auto' as const,
      description:
        'one slot per expert, or one more slot on each die; auto: the guideline’s choice (up to 32 dies rearrange), unless the other is predicted to be better',
    })(),
    solver: Flags.option({ options: SOLVER_NAMES, default: 'omniplace' as const, description: 'who places' })(),
    seed: Flags.integer({ default: 0, min: 0, description: 'of the solver' }),
    windows: Flags.integer({
      default: 5,
      min: 1,
      max: 60,
      description:
        'windows with load that are wanted of each instance, before and after; with --watch: the newest that count',
    }),
    wait: Flags.integer({ default: 15, min: 0, helpValue: 'MINUTES', description: 'how long to wait for them' }),
    'min-gain': Flags.string({
      default: '0.02',
      helpValue: 'SHARE',
      description: 'share of a step’s time that a restart must save',
    }),
    'expert-share': Flags.string({
      default: '0.4',
      helpValue: 'SHARE',
      description: 'share of a step’s time that the experts take, for the prediction; measure yours',
    }),
    ...watchFlags,
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Balance);
    const given = { ...flags, json: this.jsonEnabled(), version: this.config.version };
    if (flags.watch) {
      const { watchCommand } = await import('../../operations/balance/watch/watchCommand.ts');
      return this.exit(await watchCommand(args.deployment, given));
    }
    const { balanceCommand } = await import('../../operations/balance/balanceCommand.ts');
    const { answer, text, exitCode } = await balanceCommand(args.deployment, given);
    this.log(text);
    process.exitCode = exitCode;
    return answer;
  }
}
