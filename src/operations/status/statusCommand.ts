import { topologyOf } from '../../engines/topologyOf.ts';
import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import { parseDuration } from '../../files/durations.ts';
import { showsColors } from '../../report/nodeColors.ts';
import { namedNodes } from '../cluster/nodes.ts';
import { INTERRUPTED } from '../session/interrupted.ts';
import type { CommandAnswer } from '../session/runAnswer.ts';
import type { Session } from '../session/session.ts';
import { lookAt, type StatusWish } from './lookAt.ts';
import { narrowed } from './narrowed.ts';
import type { ClusterStatus } from './status.ts';
import { statusText } from './text.ts';

export { statusWatchCommand } from './statusWatch.ts';

/** @param flags durations, as they were written @param only words that name nodes @throws UserError for words that name none */
export function statusWish(
  { slow, timeout }: { readonly slow: string; readonly timeout: string },
  only: readonly string[],
  json: boolean,
  { deployment }: Session,
): StatusWish {
  const { nodes, problems } = namedNodes(only, topologyOf(deployment));
  if (problems.length > 0) throw new UserError('bad_selection', problems.join('\n'));
  const names = only.length === 0 ? [] : nodes.map(({ name }) => name);
  return { slowMs: durationOf('--slow', slow), tokenMs: durationOf('--timeout', timeout), json, only: names };
}

function durationOf(flag: string, written: string): number {
  const ms = parseDuration(written) ?? 0;
  if (ms > 0) return ms;
  throw new UserError('bad_usage', `${flag} ${written} is not a duration.`, { hint: `For example: ${flag} 30s` });
}

/** Facts, health of every server and a token, all at once. */
export async function statusCommand(session: Session, wish: StatusWish): Promise<CommandAnswer> {
  const found = await lookAt(session, wish);
  if (session.signal.aborted) return INTERRUPTED;
  const status = narrowed(found.status, wish.only);
  return {
    answer: status,
    text: statusText(status, { columns: process.stdout.columns, hasColors: showsColors(process.stdout) }),
    exitCode: exitCodeOf(status),
  };
}

function exitCodeOf({ state }: ClusterStatus): number {
  if (state === 'serving' || state === 'slow' || state === 'maintenance') return EXIT.done;
  return state === 'unreachable' ? EXIT.unreachable : EXIT.notServing;
}
