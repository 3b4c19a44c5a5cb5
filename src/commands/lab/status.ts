import { LabCommand, labNameFlag } from '../../cli/labCommand.ts';

export default class LabStatus extends LabCommand {
  static override summary = 'Show a lab’s hosts: what answers, what runs, what it takes.';
  static override flags = { name: labNameFlag };

  async run() {
    const { flags } = await this.parse(LabStatus);
    const { labStatus, statusTable } = await import('../../lab/status.ts');
    const status = await labStatus(flags.name);
    this.log(statusTable(status));
    return status;
  }
}
