import { Flags } from '@oclif/core';
import { SessionCommand } from '../cli/sessionCommand.ts';
import { deploymentFlag, overrideFlag } from '../operations/session/flags.ts';
import { nodeWords } from '../operations/session/nodeWords.ts';

export default class Exec extends SessionCommand {
  static override summary = "Run a command in a node's container; its exit code is passed on.";
  static override description =
    'What stands behind -- is the command, word by word, without a shell. A word before -- that ends in .yml is the deployment file (default: the one served last). -i passes standard input on, -t gives the command a terminal. Ctrl-C ends the command in the container too. With --json: {node, host, code, stdout, stderr}, at most 1 MiB of each.';
  static override usage = 'exec [-i] [-t] NODE [DEPLOYMENT] -- COMMAND [ARGUMENT...]';
  static override examples = [
    '<%= config.bin %> exec d0 -- npu-smi info',
    '<%= config.bin %> exec -it p0 cluster.yml -- bash',
    '<%= config.bin %> exec d0 -- sh -c "ls /data/dump | tail -n 1"',
  ];
  static override strict = false;
  static override flags = {
    deployment: deploymentFlag,
    override: overrideFlag,
    interactive: Flags.boolean({ char: 'i', description: 'pass standard input on' }),
    tty: Flags.boolean({ char: 't', description: 'give the command a terminal' }),
  };

  async run(): Promise<unknown> {
    const at = this.argv.indexOf('--');
    const own = at < 0 ? this.argv : this.argv.slice(0, at);
    // before parse(), which leaves its own words in this.argv
    const behind = at < 0 ? null : this.argv.slice(at + 1);
    const { argv, flags } = await this.parse(Exec, own);
    const { file, nodes } = nodeWords(argv as string[], flags.deployment);
    const [node, ...words] = nodes;
    const { interactive, tty: terminal } = flags;
    const choices = { node, command: behind ?? words, interactive, terminal, json: this.jsonEnabled() };
    const verb = import('../operations/exec/execCommand.ts');
    return this.inSession(verb, { file, flags, quiet: true }, ({ execCommand }, session) =>
      execCommand(session, choices),
    );
  }
}
