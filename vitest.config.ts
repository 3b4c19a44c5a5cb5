import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import LimitReporter from './scripts/limit-reporter.mjs';
import { textModules } from './scripts/text-modules.mjs';

const long = process.env.OMNIPLACE_LONG === '1';
const machine = ['test/lab/**/*.test.ts', 'test/e2e/**/*.test.ts'];
const wire = ['test/**/*.wire.test.ts', 'test/**/*.wire.long.test.ts'];
/** Files that replace a module: they can't share their imports with others. */
const mocking = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .map((name) => `test/${name}`)
  .filter((path) => path.endsWith('.test.ts') && /\bvi\.(mock|doMock)\(/.test(readFileSync(path, 'utf8')));
/** What starts many programs of this machine: `scripts/test --fast` leaves them out. */
const processes = ['test/**/*.process.test.ts'];
/** What is tried on many problems or seeds, all CPU: `scripts/test --fast` leaves them out. */
const sweeps = ['test/**/*.sweep.test.ts'];
const leftOut = long ? [] : ['**/*.long.test.ts'];

/** Seconds that a file may take, by its project; about five times what the slowest takes on two idle cores. */
const LIMITS: Readonly<Record<string, number>> = {
  pure: 120,
  'pure-mocking': 120,
  process: 120,
  sweeps: 180,
  wire: 180,
  lab: 600,
  // a tree takes a minute, and several may be given
  contract: 7200,
};
/** What more runs of everything under `--long` may take. */
const LONG_LIMIT_S = 3600;

const limitS = (_file: string, project: string): number => (long ? LONG_LIMIT_S : LIMITS[project]!);

/** `npm run test:contract`, and no other run. */
const contract: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: 'contract',
    include: ['test/contract/*.contract.ts'],
    pool: 'forks',
    testTimeout: 240_000,
    sequence: { groupOrder: 0 },
  },
};

export default defineConfig({
  plugins: [textModules()],
  test: {
    reporters: ['default', './scripts/count-reporter.mjs', new LimitReporter(limitS)],
    // of one test, on a machine that may be busy with other work: the limits above are of files, and know of that
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        // functions, files and few local processes: no SSH server, no mount, no namespace
        test: {
          name: 'pure',
          include: ['test/**/*.test.ts'],
          exclude: [...machine, ...wire, ...processes, ...mocking, ...sweeps, ...leftOut],
          pool: 'threads',
          // files share their imports: five times less CPU
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'pure-mocking',
          include: mocking,
          exclude: [...machine, ...wire, ...processes, ...leftOut],
          pool: 'threads',
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'process',
          include: processes,
          pool: 'threads',
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'sweeps',
          include: sweeps,
          pool: 'threads',
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        // real SSH servers on loopback: they mostly wait, so several at a time
        test: {
          name: 'wire',
          include: wire,
          exclude: leftOut,
          pool: 'forks',
          maxWorkers: 4,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        // real hosts on this machine, after everything quick: two files at once, each with a lab of its own, mostly wait
        test: {
          name: 'lab',
          include: machine,
          exclude: leftOut,
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 240_000,
          hookTimeout: 240_000,
          sequence: { groupOrder: 2 },
        },
      },
      ...(process.env.OMNIPLACE_CONTRACT === '1' ? [contract] : []),
    ],
  },
});
