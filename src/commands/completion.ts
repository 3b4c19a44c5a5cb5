import { Args } from '@oclif/core';
import { BaseCommand } from '../cli/baseCommand.ts';

export default class Completion extends BaseCommand {
  static override summary = 'Print a completion script for fish.';
  static override description =
    'For bash and zsh, `omniplace autocomplete` sets completion up and says how to switch it on.';
  static override examples = [
    '<%= config.bin %> completion fish > ~/.config/fish/completions/<%= config.bin %>.fish',
    '<%= config.bin %> autocomplete bash',
  ];
  static override args = { shell: Args.string({ description: 'the shell', options: ['fish'], required: true }) };

  async run(): Promise<{ script: string }> {
    await this.parse(Completion);
    const { fishCompletion } = await import('../cli/completion/fish.ts');
    const named = (text: string) => text.replaceAll('<%= config.bin %>', this.config.bin);
    const commands = this.config.commands
      .filter(({ hidden }) => !hidden)
      .map(({ id, summary, description, flags }) => ({
        id,
        summary: named(summary ?? description ?? ''),
        flags: Object.values(flags)
          .filter((flag) => !flag.hidden)
          .map((flag) => ({
            name: flag.name,
            char: flag.char ?? null,
            summary: named(flag.summary ?? flag.description ?? ''),
            takesValue: flag.type === 'option',
            options: flag.type === 'option' ? (flag.options ?? []) : [],
          })),
      }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const script = fishCompletion(this.config.bin, commands);
    this.log(script.trimEnd());
    return { script };
  }
}
