import { groupSame, type Reported } from '../errors/groupSame.ts';
import type { Plan } from '../plan/step.ts';
import { plural } from './plural.ts';
import { printable } from './printable.ts';

/** A plan as --check shows it: what would be done to which node, and why. @param outages what clients notice, a sentence each */
export function planText(plan: Plan, outages: readonly string[] = []): string {
  // what undoes a step is done only where that fails
  const acting = plan.steps.filter((step) => step.tag !== 'preflight' && step.unless === undefined);
  const lines: string[] = [];
  for (const { text, of } of groupSame(verdictsOf(plan))) {
    const [sign, reason] = text.split('\n');
    lines.push(`${sign}: ${of.map(({ host }) => host).join(', ')}: ${reason}`);
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
      ? nothingText(plan)
      : `${plural(changes, 'step')} on ${plural(new Set(acting.map((step) => step.host)).size, 'host')}${unknownText(plan)}.`,
  );
  return printable(`${lines.join('\n')}\n`);
}

/** What was found before anything is done: a line each, of what does not fit or is worth a warning. */
function verdictsOf(plan: Plan): readonly Reported[] {
  return plan.steps.flatMap(({ host, action }): Reported[] => {
    if (action.kind !== 'check' || (action.verdict === 'ok' && action.reason === 'fit')) return [];
    const sign = action.verdict === 'ok' ? 'warning' : action.verdict;
    return action.reason.split('\n').map((line) => ({ host, text: `${sign}\n${line}` }));
  });
}

function unreachedOf(plan: Plan): readonly string[] {
  const unreached = ({ action }: Plan['steps'][number]) => action.kind === 'check' && action.verdict === 'unreachable';
  return [...new Set(plan.steps.filter(unreached).map(({ host }) => host))];
}

/** Of a host that did not answer nothing is known: it may need anything. */
function nothingText(plan: Plan): string {
  const unreached = unreachedOf(plan);
  if (unreached.length === 0) return 'Nothing to change; one check at the end.';
  const isAll = plan.steps.every(({ host }) => unreached.includes(host));
  return `Unknown: ${unreached.join(', ')} can't be reached${isAll ? '' : '; the others need no change'}.`;
}

function unknownText(plan: Plan): string {
  const unreached = unreachedOf(plan);
  return unreached.length === 0
    ? ''
    : `; what ${unreached.join(', ')} ${unreached.length === 1 ? 'needs' : 'need'} is unknown`;
}
