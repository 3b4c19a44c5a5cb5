import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/baseCommand.ts';
import { deploymentFlag, overrideFlag } from '../operations/session/flags.ts';

export default class Exec extends BaseCommand {
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
    const command = at < 0 ? null : this.argv.slice(at + 1);
    const { argv, flags } = await this.parse(Exec, own);
    const [{ openSession }, { execCommand }, { nodeWords }] = await Promise.all([
      import('../operations/session/session.ts'),
      import('../operations/exec/execCommand.ts'),
      import('../operations/session/nodeWords.ts'),
    ]);
    const { file, nodes } = nodeWords(argv as string[], flags.deployment);
    const [node, ...words] = nodes;
    const json = this.jsonEnabled();
    const session = await openSession({ file, overrides: flags.override, verbose: false, json, quiet: true });
    try {
      const { answer, exitCode } = await execCommand(session, {
        node,
        command: command ?? words,
        interactive: flags.interactive,
        terminal: flags.tty,
        json,
      });
      process.exitCode = exitCode;
      return answer;
    } finally {
      await session.close();
      process.stdin.unref?.();
    }
  }
}
