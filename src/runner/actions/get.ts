import { getFiles } from '../../transport/get.ts';
import type { ActionRunner } from './action.ts';

/** Brings files of a folder on the host here, each verified by its digest before it takes its name. */
export const get: ActionRunner<'get'> = {
  how: 'alone',
  run: async ({ action }, host, context) => {
    const files = await getFiles(host, action, {
      signal: context.signal,
      onProgress: (bytes) => context.progress(`${(bytes / 1024 / 1024).toFixed(1)} MiB`),
    });
    return { status: 'changed', message: files.map(({ name }) => name).join(', ') };
  },
};
