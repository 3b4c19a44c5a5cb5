interface ShownFlag {
  readonly type: 'option' | 'boolean';
  readonly char?: string;
  readonly aliases?: readonly string[];
  readonly charAliases?: readonly string[];
  readonly allowNo?: boolean;
  readonly summary?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly dependsOn?: readonly string[];
}

/** What of a command its readers see. */
export interface ShownCommand {
  readonly summary: string;
  readonly usage?: string | readonly string[];
  readonly args: Readonly<Record<string, unknown>>;
  readonly flags: Readonly<Record<string, ShownFlag>>;
  readonly examples: readonly string[];
}

/** The commands as their files state them, by their words: `pattern build`. Built by esbuild, which is the quickest. */
export async function everyCommand(): Promise<ReadonlyMap<string, ShownCommand>> {
  const { loadCommands } = await import('../../scripts/gen-commands.mjs');
  const { commands } = await loadCommands();
  return new Map(Object.entries(commands as Record<string, ShownCommand>));
}
