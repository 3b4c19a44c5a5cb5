import { SessionCommand } from '../cli/sessionCommand.ts';
import { deploymentFlag, overrideFlag } from '../operations/session/flags.ts';
import { nodeWords } from '../operations/session/nodeWords.ts';

export default class Doctor extends SessionCommand {
  static override summary = 'Find out why a host, a device or a model can not be used.';
  static override description =
    'Checks the connection, docker, image, driver, devices and their health, processes, the model as containers see it, mounts, memory, disk, network, ports and clock of every host, and changes nothing. Each check is ok, a fault, a warning or unknown, with the next command below it. It makes no plan, and works while the cluster serves. Exit codes: 0 no fault, 3 at least one fault, 2 bad file or usage, 4 no host can be reached. NODE: show only the hosts of these nodes, hosts, roles or groups. A word that ends in .yml is the deployment file (default: the one served last).';
  static override examples = [
    '<%= config.bin %> doctor cluster.yml',
    '<%= config.bin %> doctor d0 cluster.yml',
    '<%= config.bin %> doctor 10.0.0.7',
    '<%= config.bin %> doctor cluster.yml --json',
  ];
  static override usage = 'doctor [NODE...] [DEPLOYMENT]';
  static override strict = false;
  static override flags = { deployment: deploymentFlag, override: overrideFlag };

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Doctor);
    const { file, nodes } = nodeWords(argv as string[], flags.deployment);
    const verb = import('../operations/doctor/doctorCommand.ts');
    return this.inSession(verb, { file, flags, quiet: true }, ({ doctorCommand }, session) =>
      doctorCommand(session, nodes),
    );
  }
}
