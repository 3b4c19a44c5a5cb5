import { expect, test } from 'vitest';
import { fishCompletion } from '../../../src/cli/completion/fish.ts';

test('words of commands come one behind the other, then their flags, quoted for fish', () => {
  const flag = { name: 'name', char: 'n', summary: "the lab's name", takesValue: true, values: null };
  const script = fishCompletion('omniplace', [
    {
      id: 'completion',
      summary: 'a \\ script\nmore',
      flags: [{ ...flag, name: 'how', char: null, values: ['a', 'b'] }],
      words: null,
    },
    { id: 'lab:down', summary: 'down', words: 'nodes', flags: [] },
    {
      id: 'lab:up',
      summary: 'up',
      words: null,
      flags: [flag, { ...flag, name: 'yes', char: 'y', summary: 'go', takesValue: false }],
    },
  ]);
  expect(script.split('\n').slice(-9)).toEqual([
    String.raw`complete -c omniplace -n '__omniplace_at' -f -a completion -d 'a \\ script'`,
    String.raw`complete -c omniplace -n '__omniplace_in completion' -l how -r -f -a 'a b' -d 'the lab\'s name'`,
    `complete -c omniplace -n '__omniplace_at' -f -a lab -d 'lab ...'`,
    `complete -c omniplace -n '__omniplace_at lab' -f -a down -d 'down'`,
    `complete -c omniplace -n '__omniplace_in lab down' -a '(__omniplace_nodes)'`,
    `complete -c omniplace -n '__omniplace_at lab' -f -a up -d 'up'`,
    String.raw`complete -c omniplace -n '__omniplace_in lab up' -s n -l name -r -d 'the lab\'s name'`,
    `complete -c omniplace -n '__omniplace_in lab up' -s y -l yes -d 'go'`,
    '',
  ]);
});
