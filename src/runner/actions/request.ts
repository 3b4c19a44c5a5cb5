import { request as httpRequest } from '../../transport/http.ts';
import type { ActionRunner } from './action.ts';

/** One completion: done only when a token came back, whatever the status line says. */
export const request: ActionRunner<'request'> = {
  how: 'alone',
  run: async ({ action: { request: wanted }, deadlineMs }, host, context) => {
    const body = JSON.stringify({
      model: wanted.model,
      prompt: wanted.prompt,
      max_tokens: wanted.maxTokens,
      temperature: 0,
    });
    const command = `POST http://${host.address}:${wanted.port}/v1/completions ${body}`;
    const startedMs = performance.now();
    const answer = await httpRequest(host, {
      port: wanted.port,
      method: 'POST',
      path: '/v1/completions',
      headers: { 'content-type': 'application/json' },
      body,
      timeoutMs: deadlineMs,
      signal: context.signal,
    });
    const text = completionText(answer.body);
    const tookMs = Math.round(performance.now() - startedMs);
    if (answer.status === 200 && text !== null && text !== '') {
      return { status: 'ok', message: `${JSON.stringify(text)} in ${tookMs} ms`, command };
    }
    const lines = answer.body
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(0, 10);
    const message =
      answer.status === 200
        ? `${wanted.called} answered 200 without a token`
        : `${wanted.called} answered ${answer.status}`;
    return { status: 'failed', message, command, output: lines };
  },
};

/** The text of a completion, or null when `body` is none. */
export function completionText(body: string): string | null {
  try {
    const parsed: unknown = JSON.parse(body);
    const choice = (parsed as { choices?: { text?: unknown }[] }).choices?.[0];
    return typeof choice?.text === 'string' ? choice.text : null;
  } catch {
    return null;
  }
}
