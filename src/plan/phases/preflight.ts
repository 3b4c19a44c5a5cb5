import type { Finding } from '../findings/finding.ts';
import { type Step, stepOf } from '../step.ts';
import type { Phase, PhaseContext } from './context.ts';
import { reachSteps } from './reach.ts';

/** What the facts already show: one verdict per host, before anything is touched. Then what only a try can show. */
export const preflight: Phase = (context) => [...verdicts(context), ...reachSteps(context)];

function verdicts({ topology, facts, findings }: PhaseContext): Step[] {
  return topology.hosts.flatMap((host): Step[] => {
    const node = host.nodes[0];
    if (node === undefined) return [];
    const mine = findings.filter((finding) => finding.host === host.address);
    const errors = mine.filter((finding) => finding.severity === 'error');
    const reached = facts[host.address]?.reachable === true;
    const because = 'nothing is touched before every host was found fit';
    return [
      stepOf(
        'preflight',
        'host',
        { node, alsoFor: host.nodes.slice(1), host: host.address, because },
        {
          title: `check host ${host.address}`,
          action: {
            kind: 'check',
            verdict: !reached ? 'unreachable' : errors.length > 0 ? 'failed' : 'ok',
            reason: (errors.length > 0 ? errors : mine).map(inWords).join('\n') || 'fit',
          },
          deadlineMs: 1_000,
        },
      ),
    ];
  });
}

function inWords(finding: Finding): string {
  return finding.hint === null ? finding.message : `${finding.message} (${finding.hint})`;
}
