import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { all, any, pipe, redirect, shellText } from '../../src/shell/combine.ts';

const sh = (text: string) => execFileSync('sh', ['-c', text], { encoding: 'utf8' });

describe('combinators', () => {
  it('quote each word once, however deep they are nested', () => {
    const command = any(all(['test', '-e', 'a b'], pipe(['cat', 'a b'], ['tr', 'a', "'"])), ['echo', '$HOME']);
    expect(shellText(command)).toBe(`{ test -e 'a b' && { cat 'a b' | tr a ''\\'''; }; } || echo '$HOME'`);
    expect(sh(shellText(command))).toBe('$HOME\n');
  });

  it('runs on while all succeed, and until any does', () => {
    expect(sh(shellText(all(['true'], ['echo', 'yes'])))).toBe('yes\n');
    expect(sh(shellText(any(all(['false'], ['echo', 'never']), ['echo', 'instead'])))).toBe('instead\n');
    expect(sh(shellText(all(any(['true'], ['echo', 'never']), ['echo', 'then'])))).toBe('then\n');
  });

  it('redirects to files of any name, errors included where asked', () => {
    const folder = mkdtempSync(join(tmpdir(), 'combine-'));
    try {
      const file = join(folder, `it's $(a) log`);
      sh(shellText(redirect(['sh', '-c', 'echo out; echo err >&2'], file, { errors: true })));
      sh(shellText(redirect(pipe(['echo', 'more'], ['cat']), file, { append: true })));
      expect(readFileSync(file, 'utf8')).toBe('out\nerr\nmore\n');
      expect(shellText(redirect(['echo', 'a'], '-'))).toBe('echo a >./-');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
