import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

// inside the repository: the files import vitest
let folder: string;
beforeEach(() => {
  mkdirSync('node_modules/.cache', { recursive: true });
  folder = mkdtempSync(join('node_modules/.cache', 'omniplace-limits-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a test run', () => {
  it.each([
    ['threads', 'a loop that never ends', 'for (;;);'],
    ['forks', 'a loop that never ends', 'for (;;);'],
    ['threads', 'a promise that never settles', 'await new Promise(() => {});'],
  ])('in %s ends by the name of a file with %s', { timeout: 120_000 }, async (pool, _, hang) => {
    write('quick.test.ts', `import { test } from 'vitest'; test('quick', () => {});`);
    write('endless.test.ts', `import { test } from 'vitest'; test('hangs', async () => { ${hang} });`);
    const { code, stdout } = await run(pool);
    expect(code).toBe(1);
    const lines = stdout.trim().split('\n').slice(-3);
    expect(lines).toEqual([
      `FAILED: endless.test.ts runs longer than its limit of 1 s (vitest.config.ts), so the run ends here`,
      'not done in it: hangs',
      '1 passed, 1 failed',
    ]);
  });

  it('fails for a skip that gives no reason, and prints the reason of one that does', async () => {
    write(
      'skips.test.ts',
      `import { test } from 'vitest';
       import { unless } from '../../../test/fakes/unless.ts';
       test('works', () => {});
       test('goes', unless('the moon is not full'), () => {});
       test.skip('has none', () => {});`,
    );
    const { code, stdout } = await run('threads');
    expect(code).toBe(1);
    expect(stdout.trim().split('\n').slice(-3)).toEqual([
      "FAILED: skips.test.ts: 'has none' is skipped without a reason",
      'SKIPPED 1: the moon is not full',
      '1 passed, 1 failed, 1 skipped',
    ]);
  });
});

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

function run(pool: string): Promise<{ code: number; stdout: string }> {
  write(
    'vitest.config.ts',
    `import LimitReporter from '../../../scripts/limit-reporter.mjs';
     export default { test: {
       include: ['*.test.ts'], pool: '${pool}', maxWorkers: 2, testTimeout: 3_600_000,
       reporters: ['../../../scripts/count-reporter.mjs', new LimitReporter(() => 1)],
     } };`,
  );
  const env = { ...process.env, CHECKS_PASSED: '0', CHECKS_FAILED: '0' };
  const argv = ['node_modules/vitest/vitest.mjs', 'run', '--root', folder];
  return new Promise((resolve) => {
    execFile(process.execPath, argv, { env }, (error, stdout) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout });
    });
  });
}
