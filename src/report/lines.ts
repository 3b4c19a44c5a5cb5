import type { StepResult } from '../plan/step.ts';
import type { Emit, RunEvent } from '../runner/event.ts';
import { duration, failureLines, oneLine, plural, printable } from './words.ts';

/** One line per event with time, node and step: for logs, pipes and CI. */
export function linesView(write: (text: string) => void, options: { readonly verbose: boolean }): Emit {
  return (event) => {
    for (const line of linesOf(event, options.verbose)) write(`${line}\n`);
  };
}

export function linesOf(event: RunEvent, verbose: boolean): string[] {
  const at = `[${(event.atMs / 1000).toFixed(2).padStart(7)}]`;
  switch (event.kind) {
    case 'probe-started':
      return [`${at} probing ${plural(event.hosts.length, 'host')}`];
    case 'host-probed':
      // a problem is told once, by preflight
      return verbose && event.problem === null ? [`${at} ${event.host}: probed in ${duration(event.durationMs)}`] : [];
    case 'phase-started':
      return [`${at} ${event.tag}: ${plural(event.steps.length, 'step')}`];
    case 'step-started':
      return verbose ? [`${at}   ${event.step.node.padEnd(4)} ${event.step.title} ... (${event.step.because})`] : [];
    case 'step-output':
      return verbose ? [`${at}   ${event.step} | ${printable(event.line)}`] : [];
    case 'step-ended': {
      const { step, result } = event;
      if (result.status === 'cancelled' && !verbose) return [];
      const head = `${at}   ${step.node.padEnd(4)} ${step.host} ${step.title}: ${outcomeWords(result)}`;
      const bad = result.status === 'failed' || result.status === 'unreachable';
      return bad ? [head, ...failureLines(result).map((line) => `              ${line}`)] : [head];
    }
    case 'notice':
      return [`${at} ${event.level === 'warning' ? 'warning: ' : ''}${event.text}`];
    default:
      return [];
  }
}

export function outcomeWords(result: StepResult): string {
  const took = result.durationMs >= 50 ? ` (${duration(result.durationMs)})` : '';
  const tells = ['failed', 'unreachable', 'cancelled', 'ok'].includes(result.status) && result.message !== '';
  return `${result.status}${tells ? `: ${oneLine(result.message)}` : ''}${took}`;
}
