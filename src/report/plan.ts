import type { Plan } from '../plan/step.ts';
import { plural } from './plural.ts';
import { printable } from './printable.ts';

/** A plan as --check shows it: what would be done to which node, and why. @param outages what clients notice, a sentence each */
export function planText(plan: Plan, outages: readonly string[] = []): string {
  // what undoes a step is done only where that fails
  const acting = plan.steps.filter((step) => step.tag !== 'preflight' && step.unless === undefined);
  const lines: string[] = [];
  for (const step of plan.steps.filter((candidate) => candidate.action.kind === 'check')) {
    if (step.action.kind !== 'check' || (step.action.verdict === 'ok' && step.action.reason === 'fit')) continue;
    const sign = step.action.verdict === 'ok' ? 'warning' : step.action.verdict;
    lines.push(...step.action.reason.split('\n').map((line) => `${sign}: ${step.host}: ${line}`));
  }
  let tag = '';
  for (const step of acting) {
    if (step.tag !== tag) lines.push(step.tag);
    tag = step.tag;
    lines.push(
      `  ${step.node.padEnd(4)} ${step.host.padEnd(15)} ${step.title}${step.disruptive ? ' [stops something running]' : ''}`,
    );
    lines.push(`       because ${step.because}`);
  }
  lines.push(...outages.map((text) => `outage: ${text}`));
  const changes = acting.filter((step) => step.tag !== 'verify').length;
  lines.push(
    changes === 0
      ? 'Nothing to change; one check at the end.'
      : `${plural(changes, 'step')} on ${plural(new Set(acting.map((step) => step.host)).size, 'host')}.`,
  );
  return printable(`${lines.join('\n')}\n`);
}
