import { SessionCommand } from '../cli/sessionCommand.ts';
import { deploymentArg } from '../operations/session/flags.ts';
import { runFlags } from '../operations/session/runFlags.ts';

export default class Facts extends SessionCommand {
  static override summary = 'Look at every host of a deployment, and change nothing.';
  static override description =
    'One probe per host, all at once: docker, images, containers, device IPs, files, processes, ports, disk, clock. `--json` writes what `render --facts` and `serve --check --facts` read. Exit codes: 0 done, 2 bad file or usage, 4 no host can be reached.';
  static override examples = [
    '<%= config.bin %> facts cluster.yml',
    '<%= config.bin %> facts cluster.yml --json > facts.json',
    '<%= config.bin %> facts cluster.yml --limit "decode,!10.0.0.7"',
  ];
  static override args = { deployment: deploymentArg };
  static override flags = { override: runFlags.override, limit: runFlags.limit };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Facts);
    const verb = import('../operations/facts/factsCommand.ts');
    return this.inSession(verb, { file: args.deployment, flags, quiet: true }, ({ factsCommand }, session) =>
      factsCommand(session, flags.limit),
    );
  }
}
