import { expect, it } from 'vitest';
import { meantCommand, OTHER_TOOLS } from '../../src/cli/meantCommand.ts';
import { problemOf } from '../docs/commandLines.ts';
import { everyCommand } from '../docs/commands.ts';

const commands = await everyCommand();
const names = [...commands.keys()];
const meant = (word: string) => meantCommand(word, names);

it.each([
  ['top', 'status --watch (what runs now, refreshed)'],
  ['ps', 'status (what runs now)'],
  ['diagnose', "doctor (why a host, a device or a model can't be used)"],
  ['start', 'serve (deploys and starts what the file contains)'],
  ['up', 'serve (deploys and starts what the file contains)'],
  ['deploy', 'serve (deploys and starts what the file contains)'],
  ['run', 'serve (deploys and starts what the file contains)'],
  ['apply cluster.yml', 'serve (deploys and starts what the file contains)'],
  ['upgrade', 'serve --check --diff (what serve would change)'],
  ['dry-run', 'serve --check --diff (what serve would change)'],
  ['check', 'validate (checks the deployment file)'],
  ['log', 'logs'],
  ['ssh', 'exec -it NODE -- bash'],
  ['down', 'stop --help (what stop does; it asks before it stops anything)'],
  ['delete', 'stop --help (what stop does; it asks before it stops anything)'],
  ['kill', 'stop --help (what stop does; it asks before it stops anything)'],
])('leads from the word %s of other tools to what does it here', (word, expected) => {
  expect(meant(word)).toBe(expected);
});

it('names commands and flags that exist', () => {
  const typed = (target: string) => target.replace(/ \(.*\)$/, '');
  expect(Object.values(OTHER_TOOLS).flatMap((target) => problemOf(typed(target), commands) ?? [])).toEqual([]);
});

it('finds the command that a typo stands for', () => {
  expect(['serv', 'pattern shwo x.npy', 'statsu', 'SERVE', 'histroy'].map(meant)).toEqual([
    'serve',
    'pattern show',
    'status',
    'serve',
    'history',
  ]);
  expect(meant('zz')).toBeNull();
});

it('leads from no word to a command that ends or removes something', () => {
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const typos = ['stop', 'restart', 'rollback', 'lab down', 'lock release'].flatMap((word) => [
    ...[...word].flatMap((_, at) => [
      word.slice(0, at) + word.slice(at + 1),
      ...[...letters].map((letter) => word.slice(0, at) + letter + word.slice(at + 1)),
    ]),
  ]);
  const led = [...typos, ...Object.keys(OTHER_TOOLS)].map((word) => meant(word) ?? '');
  expect(
    led.filter((command) => /^(stop|restart|rollback|lab down|lock release)(?! --(help|check)\b)/.test(command)),
  ).toEqual([]);
});
