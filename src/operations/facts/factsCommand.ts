import { engineOf } from '../../engines/index.ts';
import { topologyOf } from '../../engines/topologyOf.ts';
import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import type { Facts } from '../../facts/facts.ts';
import { limitedNodes } from '../../plan/select.ts';
import { splitCommas } from '../../plan/splitCommas.ts';
import { clusterProbeRequests } from '../cluster/clusterView.ts';
import { gatherFacts } from '../cluster/gatherFacts.ts';
import { readLocalInputs } from '../cluster/localInputs.ts';
import { INTERRUPTED } from '../session/interrupted.ts';
import type { CommandAnswer } from '../session/runAnswer.ts';
import type { Session } from '../session/session.ts';
import { factsText } from './text.ts';

/** One probe of every host that `limit` leaves. */
export async function factsCommand(session: Session, limit: readonly string[]): Promise<CommandAnswer> {
  const { deployment, pool, signal } = session;
  const hosts = limitedHosts(session, limit);
  const requests = Object.entries(clusterProbeRequests(deployment, await readLocalInputs(deployment)));
  const asked = Object.fromEntries(requests.filter(([address]) => hosts.has(address)));
  const facts: Facts = await gatherFacts(pool.open, asked, { signal });
  if (signal.aborted) return INTERRUPTED;
  const found = Object.values(facts);
  const reader = engineOf(deployment.engine).dialect?.(deployment) ?? null;
  const exitCode = found.some((host) => host.reachable) ? EXIT.done : EXIT.unreachable;
  return { answer: facts, text: found.map((host) => factsText(host, reader)).join('\n\n'), exitCode };
}

function limitedHosts({ deployment }: Session, limit: readonly string[]): ReadonlySet<string> {
  const topology = topologyOf(deployment);
  const problems: string[] = [];
  const nodes = limitedNodes(splitCommas(limit), topology, problems);
  if (problems.length > 0) {
    throw new UserError('bad_selection', problems.join('\n'), { hint: 'omniplace facts --help shows how to select.' });
  }
  return new Set(topology.nodes.filter((node) => nodes.has(node.name)).map((node) => node.host));
}
