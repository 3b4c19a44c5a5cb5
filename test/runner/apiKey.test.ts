import { afterEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors/userError.ts';
import type { Step, StepResult } from '../../src/plan/step.ts';
import type { ReadApiKey } from '../../src/runner/context.ts';
import { runPlan } from '../../src/runner/run.ts';
import { type KeyedServer, keyedServer } from '../fakes/keyedServer.ts';
import { LocalHost } from '../fakes/localHost.ts';

let server: KeyedServer;
afterEach(() => server.close());

/** What a completion of a run ends with. */
async function asked(apiKey: ReadApiKey): Promise<StepResult> {
  const request = { port: server.port, called: 'the proxy', model: 'm', prompt: 'Alice is ', maxTokens: 8 };
  const step: Step = {
    id: 'verify/c0/completion',
    tag: 'verify',
    node: 'c0',
    host: 'here',
    title: 'ask the proxy for a completion',
    because: 'test',
    needs: [],
    after: [],
    guard: null,
    action: { kind: 'request', request },
    deadlineMs: 10_000,
    disruptive: false,
  };
  const [result] = await runPlan(
    { cluster: 'c', digest: 'd', generation: 'g', steps: [step] },
    {
      open: async () => new LocalHost('here'),
      apiKey,
      emit: () => {},
      journal: { begin: async () => {}, end: async () => {} },
      signal: new AbortController().signal,
      nowMs: () => performance.now(),
      forks: 1,
      policy: { onFailure: 'stop', maxFail: 0 },
    },
  );
  return result!;
}

const unset = async () => {
  throw new UserError('secret_unavailable', 'The environment variable SERVER_KEY is not set.');
};

describe('the completion of a run', () => {
  it('carries the key', async () => {
    server = await keyedServer('k-7');
    expect(await asked(async () => 'k-7')).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(/^" Bob" in/),
    });
  });

  it('is denied without a key, which is not a failure to serve', async () => {
    server = await keyedServer('k-7');
    expect(await asked(async () => null)).toMatchObject({
      status: 'failed',
      denied: true,
      message: 'the proxy answers, and needs an API key (401): set services.api_key to where it is kept',
    });
  });

  it('is denied with another key', async () => {
    server = await keyedServer('k-7', 403);
    expect(await asked(async () => 'k-8')).toMatchObject({
      denied: true,
      message: 'the proxy answers, and refuses the API key (403)',
    });
  });

  it('is asked for without a key that can not be read, and the reason is shown if it is needed', async () => {
    server = await keyedServer('k-7');
    expect(await asked(unset)).toMatchObject({
      denied: true,
      message: 'the proxy answers, and needs an API key (401). The environment variable SERVER_KEY is not set.',
    });
  });
});
