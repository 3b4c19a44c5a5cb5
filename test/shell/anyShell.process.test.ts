import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { inAnyShell } from '../../src/shell/anyShell.ts';
import { unless } from '../fakes/unless.ts';

// CI has sh, bash and tcsh
const SHELLS = ['sh', 'bash', 'zsh', 'tcsh', 'fish', 'rc'];

const obstacle = (shell: string) =>
  spawnSync('sh', ['-c', `command -v ${shell}`]).status === 0 ? null : `${shell} is not installed`;

const TEXTS = ['it\'s "quoted"', 'two\nlines', '!! and !echo', 'a\\nb \\', '$HOME `id` $(id) *', 'grüße 中文', "''"];

describe.each(SHELLS)('%s as the login shell', (shell) => {
  it('runs a script unchanged, with its arguments and its input', unless(obstacle(shell)), () => {
    for (const text of TEXTS) {
      const script = `# ${text.replaceAll('\n', '\n# ')}\nset -e\nread -r line\nprintf '%s\\n' "$0" "$1" "$line"`;
      const { stdout, stderr, status } = spawnSync(shell, ['-c', `exec ${inAnyShell(script, ['name', 'a:b'])}`], {
        input: `${text.split('\n')[0]}\n`,
        encoding: 'utf8',
      });
      expect([stdout, stderr, status]).toEqual([`name\na:b\n${text.split('\n')[0]}\n`, '', 0]);
    }
  });
});

describe('a script', () => {
  it('that every shell reads the same stays readable', () => {
    expect(inAnyShell('echo "$HOME"; true')).toBe(`sh -c 'echo "$HOME"; true'`);
  });

  it('is one line otherwise', () => {
    expect(inAnyShell("echo 'a'\n", ['x'])).toBe(
      `sh -c 'script=$(echo $0 | base64 -d); exec sh -c "$script" "$@"' ZWNobyAnYScK x`,
    );
  });
});
