import { ASKED_FOR_TAGS, TAGS } from '../../plan/tags.ts';
import { bashCompletion } from './bash.ts';
import { completedCommands, type ManifestCommand } from './completedCommand.ts';
import { fishCompletion } from './fish.ts';
import { zshCompletion } from './zsh.ts';

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** The completion script of a shell. */
export function completionScript(
  shell: keyof typeof SCRIPTS,
  program: string,
  manifest: readonly ManifestCommand[],
  recipes: readonly string[],
): string {
  const tags = [...TAGS, ...ASKED_FOR_TAGS];
  return SCRIPTS[shell](program, completedCommands(manifest, program, { tags, recipes }));
}
