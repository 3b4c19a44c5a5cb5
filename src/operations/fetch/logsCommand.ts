import { resolve } from 'node:path';
import { UserError } from '../../errors/userError.ts';
import { buildClusterView } from '../cluster/clusterView.ts';
import { NO_INPUTS } from '../cluster/localInputs.ts';
import { namedNodes } from '../cluster/nodes.ts';
import type { CommandAnswer } from '../session/runAnswer.ts';
import type { Session } from '../session/session.ts';
import { answerOf, type FetchChoices } from './answer.ts';
import { fetchLogs, type NodeLogs } from './logs.ts';
import { fetchProgress } from './progress.ts';
import type { ShownFetch } from './text.ts';

export async function fetchLogsCommand(session: Session, choices: FetchChoices): Promise<CommandAnswer> {
  const { desired, topology } = buildClusterView(session.deployment, NO_INPUTS, {});
  const { nodes, problems } = namedNodes(choices.nodes, topology);
  if (problems.length > 0) throw new UserError('bad_selection', problems.join('\n'));
  const out = resolve(choices.out ?? `${topology.cluster}-logs`);
  const progress = fetchProgress(choices.json);
  const fetched = await fetchLogs(session.pool.open, desired, nodes, {
    out,
    signal: session.signal,
    onProgress: progress.show,
  });
  progress.done();
  return answerOf(session, out, fetched, fetched.map(shownLogs));
}

function shownLogs({ node, host, into, result, problem }: NodeLogs): ShownFetch {
  return {
    of: node,
    host,
    into,
    problem,
    result: result && {
      numFiles: result.files.length,
      bytes: result.files.reduce((sum, { bytes }) => sum + bytes, 0),
      numKept: result.numKept,
      notes: result.files.length === 0 ? ['no logs yet'] : [],
      problems: result.problems,
    },
  };
}
