import { quote, quoteWord } from '../../shell/quote.ts';
import { copyFolder, syncFolder } from '../../transport/sync.ts';
import type { ActionRunner, StepOf } from './action.ts';

/** Makes a folder on the host equal to a local one. The marker is written last: without it the folder counts as unfinished. */
export const sync: ActionRunner<'sync'> = {
  how: 'alone',
  run: async ({ action }, host, context) => {
    const options = {
      signal: context.signal,
      onProgress: context.progress,
      limit: context.transfers.limit,
      first: ['rm', '-f', '--', action.marker] as const,
    };
    const summary = action.isOnHost
      ? await copyFolder(host, action.from, action.to, options)
      : await syncFolder(host, action.from, action.to, options);
    const mark = await host.run(markScript(action), { signal: context.signal });
    if (mark.code !== 0)
      return {
        status: 'failed',
        message: `cannot write ${action.marker}`,
        exitCode: mark.code,
        output: mark.stderr.trim().split('\n'),
      };
    return { status: 'changed', message: summary };
  },
};

/** From the list of sources the probe finds later what was removed. */
function markScript({ to, marker, digest }: StepOf<'sync'>['action']): string {
  const list = quoteWord(`${marker}.sources`);
  return `(${quote(['cd', '--', to])} && find . -name .git -prune -o -type f \\( -name '*.py' -o -name '*.sh' \\) -print) > ${list} &&
${quote(['printf', '%s\\n', digest])} > ${quoteWord(marker)}`;
}
