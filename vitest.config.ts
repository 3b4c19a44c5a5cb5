import { defineConfig } from 'vitest/config';
import { textModules } from './scripts/text-modules.mjs';

export default defineConfig({
  plugins: [textModules()],
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'threads',
    testTimeout: 30_000,
  },
});
