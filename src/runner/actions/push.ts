import { pushFolder } from '../../transport/large/pushFolder.ts';
import type { ActionRunner } from './action.ts';

/** Brings the files of a local folder to the host that are not there yet, large ones too. Nothing is deleted there. */
export const push: ActionRunner<'push'> = {
  how: 'alone',
  run: async ({ action }, host, context) => {
    const { sentFiles, sentBytes, keptFiles } = await pushFolder(context.transfers, host, action.from, action.to, {
      signal: context.signal,
      onProgress: context.progress,
    });
    if (sentFiles === 0) return { status: 'ok', message: `all ${keptFiles} files are there` };
    const kept = keptFiles === 0 ? '' : `; ${keptFiles} were there`;
    return { status: 'changed', message: `${sentFiles} files, ${(sentBytes / 1024 / 1024).toFixed(1)} MiB${kept}` };
  },
};
