import type { TestOptions } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    whySkipped?: string;
  }
}

/** Options of a test or a group that is left out where there is an obstacle; the last lines of a run give it as the reason. */
export function unless(obstacle: string | null): TestOptions {
  return obstacle === null ? {} : { skip: true, meta: { whySkipped: obstacle } };
}
