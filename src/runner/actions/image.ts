import { type ImageResult, loadImage, pullImage } from '../../transport/image.ts';
import { failureWords } from '../cause.ts';
import type { ActionRunner } from './action.ts';

/** Brings an image to a host: from a local archive, or from the host's registry. */
export const image: ActionRunner<'image'> = {
  how: 'alone',
  run: async ({ action }, host, context) => {
    const options = { signal: context.signal, onProgress: context.progress, onLine: context.output };
    const result =
      action.archive === null
        ? await pullImage(host, action.ref, options)
        : await loadImage(context.transfers, host, { ...action, archive: action.archive }, options);
    const command = action.archive === null ? `docker pull ${action.ref}` : `docker load < ${action.archive}`;
    if (result.code === 0)
      return { status: 'changed', message: action.archive === null ? 'pulled' : 'loaded', command };
    return { status: 'failed', message: words(result), exitCode: result.code, command, output: result.output };
  },
};

function words({ code, output }: ImageResult): string {
  return code === null ? 'interrupted' : failureWords(code, output);
}
