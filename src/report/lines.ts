import { duration } from '../files/durations.ts';
import type { StepResult } from '../plan/step.ts';
import type { Emit, RunEvent } from '../runner/event.ts';
import { heldFailures, type SameFailure } from './heldFailures.ts';
import { plural } from './plural.ts';
import { oneLine, printable } from './printable.ts';
import { progressLines } from './progressLines.ts';
import { failureLines, hasFailed } from './stepFailure.ts';

/** One line per event with time, node and step: for logs, pipes and CI. */
export function linesView(write: (text: string) => void, options: { readonly verbose: boolean }): Emit {
  const progress = progressLines();
  const failures = heldFailures();
  return (event) => {
    const { due, isHeld } = options.verbose ? NOTHING_HELD : failures(event);
    for (const line of due.flatMap(sameFailureLines)) write(`${line}\n`);
    if (!isHeld) for (const line of linesOf(event, options.verbose)) write(`${line}\n`);
    for (const line of progress(event)) write(`${at(event.atMs)} ${line}\n`);
  };
}

const NOTHING_HELD = { due: [], isHeld: false } as const;

/** One step as any that ended; several as one line with their nodes, and the last words of the first. */
function sameFailureLines({ atMs, title, message, of }: SameFailure): string[] {
  const [first, ...others] = of;
  if (first === undefined) return [];
  if (others.length === 0) return linesOf({ kind: 'step-ended', atMs, ...first }, false);
  const hosts = new Set(of.map(({ step }) => step.host));
  const names = of.map(({ step }) => `${step.node} ${step.host}`).join(', ');
  return [
    `${at(atMs)}   ${first.result.status} on ${plural(hosts.size, 'host')}: ${oneLine(message, Infinity)}: ${title} (${names})`,
    ...indented(failureLines(first.result)),
  ];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `              ${line}`);
}

function at(ms: number): string {
  return `[${(ms / 1000).toFixed(2).padStart(7)}]`;
}

export function linesOf(event: RunEvent, verbose: boolean): string[] {
  const time = at(event.atMs);
  switch (event.kind) {
    case 'probe-started':
      return [`${time} probing ${plural(event.hosts.length, 'host')}`];
    case 'host-probed':
      // a problem is reported once, by preflight
      return verbose && event.problem === null
        ? [`${time} ${event.host}: probed in ${duration(event.durationMs)}`]
        : [];
    case 'phase-started':
      return [`${time} ${event.tag}: ${plural(event.steps.length, 'step')}`];
    case 'step-started':
      return verbose ? [`${time}   ${event.step.node.padEnd(4)} ${event.step.title} ... (${event.step.because})`] : [];
    case 'step-output':
      return verbose ? [`${time}   ${event.step} | ${printable(event.line)}`] : [];
    case 'step-ended': {
      const { step, result } = event;
      if (result.status === 'cancelled' && !verbose) return [];
      const head = `${time}   ${step.node.padEnd(4)} ${step.host} ${step.title}: ${outcomeWords(result)}`;
      const bad = result.status === 'failed' || result.status === 'unreachable';
      return bad ? [head, ...indented(failureLines(result))] : [head];
    }
    case 'notice':
      return [`${time} ${event.level === 'warning' ? 'warning: ' : ''}${printable(event.text)}`];
    default:
      return [];
  }
}

export function outcomeWords(result: StepResult): string {
  const took = result.durationMs >= 50 ? ` (${duration(result.durationMs)})` : '';
  const tells = ['failed', 'unreachable', 'cancelled', 'ok'].includes(result.status) && result.message !== '';
  // the cause of a failure is not cut
  return `${result.status}${tells ? `: ${oneLine(result.message, hasFailed(result.status) ? Infinity : undefined)}` : ''}${took}`;
}
