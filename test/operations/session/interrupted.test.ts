import { describe, expect, it } from 'vitest';
import { factsCommand } from '../../../src/operations/facts/factsCommand.ts';
import { restartCommand } from '../../../src/operations/restart/restartCommand.ts';
import { serveCommand } from '../../../src/operations/serve/serveCommand.ts';
import { INTERRUPTED } from '../../../src/operations/session/interrupted.ts';
import type { Session } from '../../../src/operations/session/session.ts';
import { statusCommand } from '../../../src/operations/status/statusCommand.ts';
import { stopCommand } from '../../../src/operations/stop/stopCommand.ts';
import { EVERYTHING } from '../../../src/plan/select.ts';
import { TransportError } from '../../../src/transport/host.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';

/** A session that somebody interrupts while its hosts are being reached. */
function interruptedSession(): Session {
  const controller = new AbortController();
  return {
    deployment: fakeDeployment(),
    view: { emit: () => {}, finished: async () => {} },
    pool: {
      open: async (address) => {
        controller.abort();
        throw new TransportError('interrupted', address, `interrupted before ${address} was reached`, null);
      },
      hosts: () => [],
      closeAll: async () => {},
    },
    emit: () => {},
    signal: controller.signal,
    nowMs: () => 0,
    now: () => new Date(0),
    stateFolder: '/nowhere',
    events: () => [],
    showTimings: false,
    close: async () => {},
  };
}

const serve = {
  checkOnly: false,
  diff: true,
  factsFile: undefined,
  list: null,
  yes: true,
  forks: 1,
  overrides: [],
  rollback: false,
  resumable: null,
};
const commands: Record<string, (session: Session) => Promise<unknown>> = {
  status: (session) => statusCommand(session, { json: false, slowMs: 2_000, tokenMs: 30_000, only: [] }),
  facts: (session) => factsCommand(session, []),
  stop: (session) =>
    stopCommand(session, {
      limit: [],
      remove: false,
      removedHosts: false,
      check: false,
      yes: true,
      last: true,
      forks: 1,
    }),
  restart: (session) =>
    restartCommand(session, { nodes: [], apply: false, check: true, yes: true, last: true, forks: 1 }),
  serve: (session) => serveCommand(session, EVERYTHING, serve),
};

describe('a command that is interrupted while it looks', () => {
  it.each(Object.keys(commands))('%s says so, and gives no verdict', async (name) => {
    expect(await commands[name]!(interruptedSession())).toEqual(INTERRUPTED);
    expect(INTERRUPTED).toEqual({
      answer: { outcome: 'interrupted' },
      text: 'INTERRUPTED: nothing was touched.',
      exitCode: 130,
    });
  });
});
