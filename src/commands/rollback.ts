import { SessionCommand } from '../cli/sessionCommand.ts';
import { rollbackFlags } from '../operations/rollback/rollbackFlags.ts';
import { nodeWords } from '../operations/session/nodeWords.ts';

export default class Rollback extends SessionCommand {
  static override summary = 'Put back a generation that served: its configs, patterns, code, wheels and image.';
  static override description =
    'Each host keeps the last five generations that served a completion. Without RUN, rollback goes to the one that served before what should run now; a second rollback goes further back. Everything comes from the hosts, so any machine that has the deployment file can do it. Exit codes: 0 back and serving, 2 there is no way back, 3 a step failed, 4 a host can not be reached (--limit leaves it out), 5 locked by another run, 6 restored but the completion failed, 130 interrupted.';
  static override usage = 'rollback [RUN] [DEPLOYMENT]';
  static override examples = [
    '<%= config.bin %> rollback cluster.yml --list',
    '<%= config.bin %> rollback cluster.yml --check --diff',
    '<%= config.bin %> rollback cluster.yml --yes',
    '<%= config.bin %> rollback cluster.yml --to 20261121-22',
    '<%= config.bin %> rollback cluster.yml --limit "!10.0.0.7"',
  ];
  static override strict = false;
  static override flags = rollbackFlags;

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Rollback);
    const { file, nodes } = nodeWords(argv as string[], flags.deployment);
    const verb = import('../operations/rollback/rollbackCommand.ts');
    const journaled = !flags.check && !flags.list;
    return this.inSession(verb, { file, flags, journaled }, ({ rollbackCommand, listCommand }, session) =>
      flags.list ? listCommand(session) : rollbackCommand(session, { ...flags, to: flags.to ?? nodes[0] }),
    );
  }
}
