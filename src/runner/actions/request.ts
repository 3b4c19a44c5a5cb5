import { answerWords, complete, completionCommand, withoutTags } from '../../transport/completion.ts';
import { isDenied } from '../../transport/isDenied.ts';
import { deniedWords, readKey } from '../apiKeyAnswer.ts';
import type { ActionRunner } from './action.ts';

/** One completion: done only if a token came back, whatever the HTTP status. */
export const request: ActionRunner<'request'> = {
  how: 'alone',
  run: async ({ action: { request: wanted }, deadlineMs }, host, context) => {
    const command = completionCommand(host, wanted);
    const key = await readKey(context.apiKey);
    const answer = await complete(host, wanted, {
      timeoutMs: deadlineMs,
      signal: context.signal,
      apiKey: key.value,
    });
    if (answer.text) {
      const unproven = wanted.unproven === undefined ? '' : `; ${wanted.unproven}`;
      return { status: 'ok', message: `${JSON.stringify(answer.text)} in ${answer.tookMs} ms${unproven}`, command };
    }
    if (isDenied(answer.status))
      return { status: 'failed', message: deniedWords(wanted.called, answer.status, key), command, denied: true };
    const lines = withoutTags(answer.body)
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(0, 10);
    return { status: 'failed', message: answerWords(wanted.called, answer), command, output: lines };
  },
};
