import { Args } from '@oclif/core';
import { BaseCommand } from '../cli/baseCommand.ts';
import { initFlags } from '../operations/init/initFlags.ts';

export default class Init extends BaseCommand {
  static override summary = 'Write a commented deployment file.';
  static override description =
    `The form is the community's: 4P8-1D32 is 4 prefill instances of 8 NPUs and 1 decode instance of 32; 2P1D gives each
prefill instance one host and the rest to decode. Hosts are taken in the order given, prefill first. What is missing is
asked for at a terminal.

A recipe is a deployment of a known model with all its settings. \`--list-recipes\` shows how many hosts each takes;
\`--recipe\` writes it for your hosts, image and paths. Recipes are untested on devices by us.`;
  static override examples = [
    '<%= config.bin %> init --out cluster.yml',
    '<%= config.bin %> init 4P8-1D32 --hosts 10.0.0.1-8 --image repo/omniinfer:tag --model-path /data/models/r1 --out cluster.yml',
    '<%= config.bin %> init --list-recipes',
    '<%= config.bin %> init --recipe deepseek-r1-a3-2p1d --hosts 10.0.0.1-4 --image repository:tag --model-path /data/models/r1 --out cluster.yml',
    '<%= config.bin %> init 2P4-1D8 --hosts 10.0.0.1,10.0.0.2 --image repo/omniinfer:tag --model-path /data/models/r1',
  ];
  static override args = { form: Args.string({ description: '4P8-1D32, or 4P1D' }) };
  static override flags = initFlags;

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Init);
    const { initCommand } = await import('../operations/init/initCommand.ts');
    const { answer, shown, talk } = await initCommand({ shape: args.form, flags, root: this.config.root });
    if (talk !== '') this.say(talk);
    this.log(shown);
    return answer;
  }
}
