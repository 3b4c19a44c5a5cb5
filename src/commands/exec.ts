import { Flags } from '@oclif/core';
import { SessionCommand } from '../cli/sessionCommand.ts';
import { deploymentFlag, overrideFlag } from '../operations/session/flags.ts';
import { nodeWords } from '../operations/session/nodeWords.ts';

export default class Exec extends SessionCommand {
  static override summary = 'Run a command in the containers of nodes.';
  static override description =
    "The words after -- are the command, passed on unchanged and without a shell, in the environment that servers get. NODE is a node, a host, a role, a group or '*'. A word before -- that ends in .yml is the deployment file (default: the one served last). With one node, output and exit code are the command's; -i passes standard input on, -t gives the command a terminal. With several nodes the command runs on all at once, each line follows the node's name, and a summary ends it. Exit codes with several nodes: 0 all succeeded, 3 a command failed, 4 only unreachable hosts failed, 130 interrupted. Without a container that runs: 3; with a host that can't be reached: 4. Ctrl-C ends the commands in the containers too. With --json: {node, host, code, stdout, stderr}, or {nodes, ok, failed}, at most 1 MiB of output per node.";
  static override usage = 'exec [-i] [-t] NODE... [DEPLOYMENT] -- COMMAND [ARGUMENT...]';
  static override examples = [
    '<%= config.bin %> exec d0 -- npu-smi info',
    "<%= config.bin %> exec '*' -- date",
    '<%= config.bin %> exec decode -- df -h /data',
    '<%= config.bin %> exec -it p0 cluster.yml -- bash',
    '<%= config.bin %> exec d0 -- sh -c "ls /data/dump | tail -n 1"',
  ];
  static override strict = false;
  static override flags = {
    deployment: deploymentFlag,
    override: overrideFlag,
    interactive: Flags.boolean({ char: 'i', description: 'pass standard input on' }),
    'no-env': Flags.boolean({ description: 'leave out the environment of servers, for an image without bash' }),
    tty: Flags.boolean({ char: 't', description: 'give the command a terminal' }),
  };

  async run(): Promise<unknown> {
    const at = this.argv.indexOf('--');
    const own = at < 0 ? this.argv : this.argv.slice(0, at);
    // before parse(), which leaves its own words in this.argv
    const behind = at < 0 ? null : this.argv.slice(at + 1);
    const { argv, flags } = await this.parse(Exec, own);
    const { file, nodes } = nodeWords(argv as string[], flags.deployment);
    const { interactive, tty: terminal, 'no-env': bare } = flags;
    // without -- the first word is the node, and the others are the command
    const chosen = behind === null ? nodes.slice(0, 1) : nodes;
    const command = behind ?? nodes.slice(1);
    const choices = { nodes: chosen, command, interactive, terminal, bare, json: this.jsonEnabled() };
    const verb = import('../operations/exec/execCommand.ts');
    return this.inSession(verb, { file, flags, quiet: true }, ({ execCommand }, session) =>
      execCommand(session, choices),
    );
  }
}
