import { defineConfig } from 'vitest/config';
import { textModules } from './scripts/text-modules.mjs';

const long = process.env.OMNIPLACE_LONG === '1';
const machine = ['test/lab/**/*.test.ts', 'test/e2e/**/*.test.ts'];

export default defineConfig({
  plugins: [textModules()],
  test: {
    reporters: ['default', './scripts/count-reporter.mjs'],
    testTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'pure',
          include: ['test/**/*.test.ts'],
          exclude: [...machine, ...(long ? [] : ['**/*.long.test.ts'])],
          pool: 'threads',
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        // real hosts on this machine: one file at a time, after everything quick
        test: {
          name: 'lab',
          include: machine,
          exclude: long ? [] : ['**/*.long.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 240_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
