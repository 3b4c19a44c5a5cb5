import { LabCommand, labNameFlag } from '../../cli/labCommand.ts';

export default class LabDown extends LabCommand {
  static override summary = 'Take a lab down, with all its hosts have.';
  static override description =
    'Removes whole labs and half-made ones. The cache stays, and so does the route that keeps lab addresses on this machine.';
  static override flags = { name: labNameFlag };

  async run() {
    const { flags } = await this.parse(LabDown);
    const { takeLabDown } = await import('../../lab/down.ts');
    const removed = await takeLabDown(flags.name, this.say, this.interruption());
    this.log(removed ? `lab '${flags.name}' is down` : `there was no lab '${flags.name}'`);
    return { name: flags.name, removed };
  }
}
