import { Args } from '@oclif/core';
import { SessionCommand } from '../cli/sessionCommand.ts';
import { serveFlags } from '../operations/serve/serveFlags.ts';

export default class Serve extends SessionCommand {
  static override summary = 'Bring a cluster to what its deployment file says, up to a verified token.';
  static override description =
    'Probes every host once, plans the difference, shows it, and runs it phase by phase. What is already so is left alone: a second serve changes nothing. Exit codes: 0 done, 2 bad file or usage, 3 a step failed, 4 only unreachable hosts failed, 5 locked by another run, 6 deployed but no token came and nothing served before, 7 no token came and what served before serves again, 8 nor did that, 130 interrupted.';
  static override examples = [
    '<%= config.bin %> serve cluster.yml',
    '<%= config.bin %> serve cluster.yml --check --diff',
    '<%= config.bin %> serve cluster.yml --only sync_code,stop_server,run_server,run_proxy,verify --yes',
    '<%= config.bin %> serve cluster.yml --limit "decode,!10.0.0.7"',
    '<%= config.bin %> serve cluster.yml --take-over "old_*" --check',
    '<%= config.bin %> serve cluster.yml --fan-out --limit-rate 100M',
    '<%= config.bin %> serve cluster.yml --timings --trace serve.trace.json',
    '<%= config.bin %> serve --resume',
    '<%= config.bin %> serve cluster.yml --no-rollback --yes',
    '<%= config.bin %> serve cluster.yml -e services.decode.gpu_util=0.95',
  ];
  static override args = {
    deployment: Args.string({
      description: 'deployment file (with --resume or --failed, by default the one served last)',
    }),
  };
  static override flags = serveFlags;

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Serve);
    const verb = import('../operations/serve/serveCommand.ts');
    const { serveWish } = await import('../operations/serve/serveWish.ts');
    const { selection, choices, ...wish } = await serveWish(args.deployment, flags);
    return this.inSession(verb, wish, ({ serveCommand }, session) => serveCommand(session, selection, choices));
  }
}
