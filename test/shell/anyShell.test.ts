import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { inAnyShell } from '../../src/shell/anyShell.ts';

// where a shell is missing it is skipped with its name; CI has sh, bash and what scripts/packages.txt brings
const SHELLS = ['sh', 'bash', 'zsh', 'tcsh', 'fish', 'rc'];

const isThere = (shell: string) => spawnSync('sh', ['-c', `command -v ${shell}`]).status === 0;

const TEXTS = ['it\'s "quoted"', 'two\nlines', '!! and !echo', 'a\\nb \\', '$HOME `id` $(id) *', 'grüße 中文', "''"];

describe.each(SHELLS)('%s as the login shell', (shell) => {
  it.skipIf(!isThere(shell))('runs a script unchanged, with its arguments and its input', () => {
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
