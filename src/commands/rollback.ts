import { SessionCommand } from '../cli/sessionCommand.ts';
import { nodeWords } from '../operations/session/nodeWords.ts';
import { wholeRunFlags } from '../operations/session/runFlags.ts';

export default class Rollback extends SessionCommand {
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
  static override flags = wholeRunFlags;

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Rollback);
    const { file, nodes } = nodeWords(argv as string[], flags.deployment);
    const verb = import('../operations/rollback/rollbackCommand.ts');
    return this.inSession(verb, { file, flags, journaled: !flags.check }, ({ rollbackCommand }, session) =>
      rollbackCommand(session, { ...flags, run: nodes[0] }),
    );
  }
}
