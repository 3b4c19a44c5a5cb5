import { expect, it } from 'vitest';
import { describeError } from '../../src/cli/describeError.ts';
import { meantFlag } from '../../src/cli/meantFlag.ts';

const known = ['check', 'diff', 'limit', 'yes', 'follow', 'lines', 'remove', 'take-over'].map((name) => ({ name }));
const meant = (flag: string) => meantFlag(flag, [...known, { name: 'only', aliases: ['tags'] }]);

it.each([
  ['--dry-run', '--check'],
  ['--dry_run', '--check'],
  ['--plan', '--check'],
  ['--chek', '--check'],
  ['--limt=p0', '--limit'],
  ['--folow', '--follow'],
  ['--hosts', '--limit'],
  ['--tail', '--lines'],
  ['--tag', '--only'],
  ['--tgas', '--tags'],
])('leads from %s to %s', (written, expected) => {
  expect(meant(written)).toBe(expected);
});

it('leads to no flag that answers a question or takes away', () => {
  expect(['--yess', '--force', '--remov', '--take-ovr', '-x', '--something-else'].map(meant)).toEqual(
    Array.from({ length: 6 }, () => null),
  );
});

it('takes a flag of another tool only where the command has ours', () => {
  expect(meantFlag('--dry-run', [{ name: 'follow' }])).toBeNull();
});

it('is a line of the message about unknown flags, and of its hint in JSON', () => {
  const error = Object.assign(new Error('Nonexistent flag: --dry-run\nSee more help with --help'), {
    oclif: { exit: 2 },
    flags: ['--dry-run'],
    parse: { input: { flags: { check: { name: 'check' } } } },
  });
  expect(describeError(error)).toMatchObject({
    exitCode: 2,
    text: 'error bad_usage: Nonexistent flag: --dry-run\n  Did you mean: --check\n  See more help with --help',
    json: { error: { hint: 'Did you mean: --check\nSee more help with --help' } },
  });
});
