import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** Where a number is the exit code of a program on a host, of a helper process, or of the lab's own imitations. */
const OTHER_PROGRAMS = /^(lab\/|transport\/|runner\/unit\.ts$|errors\/exitCodes\.ts$)/;
const BARE = /\bexitCode\b(\s*[:=!]=*\s*|.*\s[?:]\s+)\d+\s*([,;:)}|]|$)|\bexit\(\d/;

it('takes every exit code of a command from errors/exitCodes.ts', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!\.gen)\.ts$/.test(name),
  );
  const bare = files
    .filter((name) => !OTHER_PROGRAMS.test(name))
    .flatMap((name) =>
      readFileSync(`src/${name}`, 'utf8')
        .split('\n')
        .flatMap((line, i) => (BARE.test(line) ? [`src/${name}:${i + 1}: ${line.trim()}`] : [])),
    );
  expect(bare).toEqual([]);
});
