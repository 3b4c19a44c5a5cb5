import type { Hook } from '@oclif/core';
import { describeError } from '../cli/describeError.ts';
import { Ended } from '../cli/ended.ts';
import { meantCommand } from '../cli/meantCommand.ts';
import { UserError } from '../errors/userError.ts';

/** An unknown command is bad usage like any other: a few lines or one JSON document, and the command that was meant. */
const commandNotFound: Hook<'command_not_found'> = async ({ id, argv = [], config }) => {
  const word = id.replaceAll(':', ' ');
  const known = config.commands.filter(({ hidden }) => !hidden).map((command) => command.id.replaceAll(':', ' '));
  const meant = meantCommand(word, known);
  const { exitCode, text, json } = describeError(
    surplusWords(word, known) ??
      new UserError('bad_usage', `${word} is not an omniplace command.`, {
        hint: meant === null ? 'Run omniplace help for the list of commands.' : `Did you mean: omniplace ${meant}`,
      }),
  );
  // no command has parsed the flags
  if (argv.includes('--json')) process.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  else process.stderr.write(`${text}\n`);
  throw new Ended(exitCode);
};

/** A command that takes no arguments is not found with them. */
function surplusWords(word: string, known: readonly string[]): UserError | undefined {
  const command = known.find((name) => word.startsWith(`${name} `));
  if (command === undefined) return undefined;
  return new UserError('bad_usage', `${command} takes no arguments, but ${word.slice(command.length + 1)} is one.`, {
    hint: `Run omniplace ${command} --help for its flags.`,
  });
}

export default commandNotFound;
