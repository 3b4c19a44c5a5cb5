import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { calledBy, calledByShell } from './calledPrograms.ts';

it('finds the programs of a TypeScript file by its imports, whatever they are called there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'omniplace-called-'));
  const file = join(folder, 'a.ts');
  writeFileSync(
    file,
    `import { execFile as call, spawn } from 'node:child_process';
     import { promisify } from 'node:util';
     import { run } from '../../src/lab/shell.ts';
     const exec = promisify(call);
     const TOOL = '/usr/sbin/tool';
     spawn('ping', ['-c', '1']); spawn(TOOL); spawn(process.execPath); spawn('node_modules/.bin/tsc');
     run(['ip', 'link']); host.run('never'); exec('ps', []); spawn(program!);`,
  );
  expect(calledBy(file)).toEqual({
    programs: ['ping', '/usr/sbin/tool', 'ip', 'ps'],
    unknown: [`${file}: spawn(program!)`],
  });
  rmSync(folder, { recursive: true });
});

it('finds the commands of a shell script, not its words, functions and keywords', () => {
  const script = `# a comment; with words
say() { printf '== %s\\n' "$*"; }
A=1 sed 's/#.*//' "$(dirname "$0")/x" | grep -q it || { say "it's; gone"; exit 2; }
case "$1" in
  --fast) B=$(uname -s); shift ;;
  *) if ! command -v apt-get; then od -An; fi ;;
esac
cat <<EOF
rm is no command here
EOF
`;
  expect([...calledByShell(script)].sort()).toEqual(['apt-get', 'cat', 'dirname', 'grep', 'od', 'sed', 'uname']);
});
