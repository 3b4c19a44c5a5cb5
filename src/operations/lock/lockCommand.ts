import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import { confirm } from '../session/confirm.ts';
import { INTERRUPTED } from '../session/interrupted.ts';
import type { CommandAnswer } from '../session/runAnswer.ts';
import type { Session } from '../session/session.ts';
import { lockStatus, releaseLock } from './lockStatus.ts';
import { lockText } from './text.ts';

export async function lockStatusCommand(session: Session): Promise<CommandAnswer> {
  const { deployment, pool, signal } = session;
  const status = await lockStatus(deployment, pool.open, signal).catch(unlessAborted(signal));
  if (status === null) return INTERRUPTED;
  const isSilent = status.hosts.every(({ problem }) => problem !== null);
  const exitCode = status.lease !== null ? EXIT.locked : isSilent ? EXIT.unreachable : EXIT.done;
  return { answer: status, text: lockText(status, deployment.file), exitCode };
}

export async function lockReleaseCommand(session: Session, id: string, yes: boolean): Promise<CommandAnswer> {
  const { deployment, pool, signal } = session;
  const status = await lockStatus(deployment, pool.open, signal).catch(unlessAborted(signal));
  if (status === null) return INTERRUPTED;
  const held = status.hosts.filter(({ lease }) => lease?.id === id);
  const unknown = status.hosts.filter(({ problem }) => problem !== null);
  if (held.length === 0 && unknown.length > 0) {
    const problems = unknown.map(({ host, problem }) => `\n  ${host}: ${problem}`).join('');
    throw new UserError('no_such_lease', `No host that answered has a lease ${id}. Not known:${problems}`, {
      hint: `Bring them back, then run it again. omniplace lock status ${deployment.file} shows who holds the lock.`,
      exitCode: EXIT.unreachable,
    });
  }
  if (held.length === 0) {
    throw new UserError('no_such_lease', `No host of ${deployment.name} has a lease ${id}.`, {
      hint: `omniplace lock status ${deployment.file} shows who holds it.`,
    });
  }
  const warning =
    status.owner === 'lives'
      ? 'Its owner lives: whatever it still begins will be refused, and its run stops halfway.\n'
      : '';
  await confirm('This takes the lease away', `${lockText(status, deployment.file)}\n${warning}`.trimEnd(), yes, signal);
  const hosts = await releaseLock(deployment, id, pool.open, signal);
  const failed = hosts.filter(({ problem }) => problem !== null);
  const words = failed.map(({ host, problem }) => `  ${host}: ${problem}`);
  return {
    answer: { released: id, hosts },
    text: [`Released ${id} on ${held.length - failed.length} of ${held.length} hosts.`, ...words].join('\n'),
    exitCode: failed.length === 0 ? EXIT.done : EXIT.unreachable,
  };
}

function unlessAborted(signal: AbortSignal): (error: unknown) => null {
  return (error) => {
    if (signal.aborted) return null;
    throw error;
  };
}
