import { Command, Flags } from '@oclif/core';

export default class LabUpCommand extends Command {
  static override description =
    'start a lab: simulated hosts on this machine, each with its own sshd and dockerd (root, Linux)';
  static override flags = {
    name: Flags.string({ default: 'lab', description: 'which lab; several may be up side by side' }),
    hosts: Flags.integer({ default: 4, description: 'number of hosts' }),
    dies: Flags.integer({ default: 4, description: 'simulated dies of each host' }),
    image: Flags.boolean({
      default: true,
      allowNo: true,
      description: 'seed every host with the lab’s container image',
    }),
    json: Flags.boolean({ description: 'one JSON document on stdout' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(LabUpCommand);
    const { labUp } = await import('../../lab/up.ts');
    const abort = new AbortController();
    process.once('SIGINT', () => abort.abort(new Error('interrupted')));
    const request = {
      name: flags.name,
      numHosts: flags.hosts,
      numDies: flags.dies,
      imageFiles: flags.image ? [] : null,
    };
    const { state } = await labUp(request, (line) => this.logToStderr(line), abort.signal);
    this.log(JSON.stringify(state, null, 2));
  }
}
