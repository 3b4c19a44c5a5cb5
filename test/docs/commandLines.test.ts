import { beforeAll, describe, expect, it } from 'vitest';
import { callsIn, problemOf } from './commandLines.ts';
import { everyCommand, type ShownCommand } from './commands.ts';
import { pages, readPage } from './markdown.ts';

let commands: ReadonlyMap<string, ShownCommand>;

beforeAll(async () => {
  commands = await everyCommand();
});

describe('the commands shown', () => {
  it.each(pages().filter((path) => path !== 'docs/reference/commands.md'))('in %s exist, with their flags', (path) => {
    const { blocks, prose } = readPage(path);
    const inText = [...prose.matchAll(/`(omniplace [^`]+)`/g)].map(([, code]) => code!);
    const calls = callsIn([...blocks.flatMap(({ lines }) => ['', ...lines]), ...inText]);
    expect(problemsOf(calls)).toEqual([]);
  });

  it('as examples of the commands themselves exist, with their flags', () => {
    const examples = [...commands.values()].flatMap((command) => command.examples);
    const calls = callsIn(examples.map((example) => example.replaceAll('<%= config.bin %>', 'omniplace')));
    expect(calls.length).toBeGreaterThanOrEqual(commands.size);
    expect(problemsOf(calls)).toEqual([]);
  });
});

describe('a command line', () => {
  it('is found behind prompts, variables and pipes, and over several lines', () => {
    const lines = [
      '$ omniplace serve a.yml # go',
      'P=1 omniplace status && omniplace stop',
      'zcat x | omniplace pattern build \\',
      '  --load -',
      'omniplacement is not meant',
      'omniplace      9  1.0290  a row of a table',
      'Done: 3 changed',
    ];
    expect(callsIn(lines)).toEqual(['serve a.yml', 'status', 'stop', 'pattern build --load -']);
  });

  it('is refused with a command or a flag that is not there', () => {
    expect(problemOf('sreve a.yml', commands)).toBe('no command sreve a.yml');
    expect(problemOf('serve a.yml --onyl verify', commands)).toBe('serve has no --onyl');
    expect(problemOf('serve a.yml -Z', commands)).toBe('serve has no -Z');
    expect(problemOf('pattern bulid --load x', commands)).toBe('no command pattern bulid');
    expect(problemOf('lab up --no-image --hosts=2', commands)).toBe(null);
    expect(problemOf('serve a.yml -t verify -e a=b --tags x --limit "decode,!p0"', commands)).toBe(null);
    expect(problemOf('exec -it d0 -- ls --nothing', commands)).toBe(null);
    expect(problemOf('pattern ...', commands)).toBe(null);
  });
});

function problemsOf(calls: readonly string[]): string[] {
  return calls.flatMap((call) => {
    const problem = problemOf(call, commands);
    return problem === null ? [] : [`omniplace ${call}: ${problem}`];
  });
}
