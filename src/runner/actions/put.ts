import { Pace } from '../../transport/large/pace.ts';
import { putFiles } from '../../transport/put.ts';
import type { ActionRunner } from './action.ts';

/** Changed files of all nodes of a host go up in one stream. */
export const put: ActionRunner<'put'> = {
  how: 'merged',
  run: async (steps, host, context) => {
    const files = steps.flatMap((step) => step.action.files);
    const totalBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
    const pace = new Pace(totalBytes, 0, performance.now());
    await putFiles(host, files, {
      signal: context.signal,
      limit: context.transfers.limit,
      onProgress: (sentBytes) =>
        context.progress(pace.at(sentBytes, performance.now()), totalBytes === 0 ? 1 : sentBytes / totalBytes),
    });
    return steps.map(({ action }) => ({
      status: 'changed',
      message: action.files.map((file) => file.path).join(', '),
    }));
  },
};
