import { Command, Flags } from '@oclif/core';

export default class LabDownCommand extends Command {
  static override description = 'take a lab down';
  static override flags = { name: Flags.string({ default: 'lab', description: 'which lab' }) };

  async run(): Promise<void> {
    const { flags } = await this.parse(LabDownCommand);
    const { labDown } = await import('../../lab/down.ts');
    this.log(String(await labDown(flags.name)));
  }
}
