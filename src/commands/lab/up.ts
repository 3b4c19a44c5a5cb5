import { Flags } from '@oclif/core';
import { LabCommand, labNameFlag } from '../../cli/labCommand.ts';
import { imitates, LAB_DIALECTS, LAB_ENGINES } from '../../lab/versions.ts';

export default class LabUp extends LabCommand {
  static override summary = 'Start simulated hosts on this machine, each with its own sshd and dockerd.';
  static override description =
    'Needs root on a Debian-like Linux. What it downloads and builds is cached in /var/lib/omniplace-lab/cache. Hosts have addresses of 198.51.100.0/24, which never leave this machine.';
  static override examples = [
    '<%= config.bin %> lab up',
    '<%= config.bin %> lab up --name other --hosts 2 --dies 8',
    '<%= config.bin %> lab up --dialect v0.6',
    '<%= config.bin %> lab up --engine vllm --hosts 2',
  ];
  static override flags = {
    name: labNameFlag,
    hosts: Flags.integer({ default: 4, description: 'number of hosts, at most 20' }),
    dies: Flags.integer({ default: 4, description: 'simulated dies of each host, at most 16' }),
    engine: Flags.option({
      options: LAB_ENGINES,
      default: LAB_ENGINES[0],
      description: 'engine to imitate; for vllm a deployment file is written',
    })(),
    dialect: Flags.option({
      options: LAB_DIALECTS,
      description: 'version of the engine to imitate; without it the usual one of the engine',
    })(),
    image: Flags.boolean({ default: true, allowNo: true, description: 'give every host the container image' }),
  };

  async run() {
    const { flags } = await this.parse(LabUp);
    const [{ labUp }, { describeLab }] = await Promise.all([
      import('../../lab/up.ts'),
      import('../../lab/describeLab.ts'),
    ]);
    const request = {
      name: flags.name,
      numHosts: flags.hosts,
      numDies: flags.dies,
      withImage: flags.image,
      imitates: imitates(flags.engine, flags.dialect ?? null),
    };
    const { state, alreadyUp } = await labUp(request, this.say, this.interruption());
    this.log(describeLab(state, alreadyUp));
    return { ...state, alreadyUp };
  }
}
