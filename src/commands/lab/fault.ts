import { Args, Flags } from '@oclif/core';
import { LabCommand, labNameFlag } from '../../cli/labCommand.ts';
import { describeFaults, injectFault } from '../../lab/faults/faults.ts';

export default class LabFault extends LabCommand {
  static override summary = 'Break a lab host in one of many ways, or mend it.';
  static override description = `KIND is one of:\n${describeFaults()}`;
  static override examples = [
    '<%= config.bin %> lab fault cut --host 2',
    '<%= config.bin %> lab fault latency --host 1 --arg 50',
  ];
  static override args = { kind: Args.string({ required: true, description: 'what to do to the host' }) };
  static override flags = {
    name: labNameFlag,
    host: Flags.integer({ required: true, description: 'number of the host, from 1' }),
    arg: Flags.string({ description: 'how much, or which; see the kinds' }),
  };

  async run() {
    const { args, flags } = await this.parse(LabFault);
    const request = { lab: flags.name, kind: args.kind, host: flags.host, argument: flags.arg ?? null };
    await injectFault(request, this.interruption());
    this.log(`${args.kind} holds for h${flags.host}`);
    return request;
  }
}
