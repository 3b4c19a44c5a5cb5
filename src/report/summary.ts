import { duration } from '../files/durations.ts';
import { size } from '../files/sizes.ts';
import type { RunSummary } from '../runner/event.ts';
import { plural } from './plural.ts';
import { printable } from './printable.ts';

/** The last words of a run: how it ended, what it cost, what to do next. */
export function summaryText(summary: RunSummary): string {
  const traffic = Object.values(summary.traffic);
  const sent = traffic.reduce((sum, host) => sum + host.bytesSent, 0);
  const received = traffic.reduce((sum, host) => sum + host.bytesReceived, 0);
  const trips = Math.max(0, ...traffic.map((host) => host.roundTrips));
  const counts = [
    `${summary.changed} changed`,
    `${summary.ok} ok`,
    ...(summary.failed > 0 ? [`${summary.failed} failed`] : []),
    ...(summary.cancelled > 0 ? [`${summary.cancelled} cancelled`] : []),
  ].join(', ');
  return [
    `${HEADLINES[summary.outcome]}: ${counts} in ${duration(summary.durationMs)} (${plural(traffic.length, 'host')}, at most ${plural(trips, 'round trip')} each, ${size(sent)} sent, ${size(received)} received)`,
    ...summary.next.map((line) => `  ${printable(line)}`),
    '',
  ].join('\n');
}

const HEADLINES: Readonly<Record<RunSummary['outcome'], string>> = {
  done: 'Done',
  failed: 'FAILED',
  unreachable: 'FAILED, hosts unreachable',
  'not-serving': 'DEPLOYED, BUT NOT SERVING',
  interrupted: 'INTERRUPTED',
  'rolled-back': 'ROLLED BACK',
  'rollback-failed': 'NOT SERVING, AND NOT ROLLED BACK',
  locked: 'STOPPED: ANOTHER RUN TOOK OVER',
};
