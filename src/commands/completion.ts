import { Args } from '@oclif/core';
import { BaseCommand } from '../cli/baseCommand.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

export default class Completion extends BaseCommand {
  static override summary = 'Print a completion script for bash, zsh or fish.';
  static override description =
    'It completes commands, flags, their values, nodes, tags and file names, also after the deployment file. `completion nodes` prints what NODE may be, a word per line: the scripts call it.';
  static override usage = 'completion bash|zsh|fish|nodes [DEPLOYMENT]';
  static override examples = [
    '<%= config.bin %> completion bash > ~/.local/share/bash-completion/completions/<%= config.bin %>',
    'source <(<%= config.bin %> completion bash)',
    '<%= config.bin %> completion zsh > "${fpath[1]}/_<%= config.bin %>"',
    '<%= config.bin %> completion fish > ~/.config/fish/completions/<%= config.bin %>.fish',
  ];
  static override args = {
    shell: Args.string({ description: 'the shell, or nodes', options: [...SHELLS, 'nodes'], required: true }),
    deployment: Args.string({ description: 'deployment file whose nodes are printed (default: the one served last)' }),
  };

  async run(): Promise<{ script: string } | { words: readonly string[] }> {
    const { args } = await this.parse(Completion);
    if (args.shell === 'nodes') {
      const { completedNodes } = await import('../operations/session/completedNodes.ts');
      const words = await completedNodes(args.deployment);
      if (words.length > 0) this.log(words.join('\n'));
      return { words };
    }
    const { completionScript } = await import('../cli/completion/completionScript.ts');
    const { recipeNames } = await import('../operations/init/recipes/readRecipes.ts');
    const { bin, commands, root } = this.config;
    const script = completionScript(args.shell as (typeof SHELLS)[number], bin, commands, await recipeNames(root));
    this.log(script.trimEnd());
    return { script };
  }
}
