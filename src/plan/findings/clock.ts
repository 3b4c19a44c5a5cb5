import type { ReachedHost } from '../../facts/facts.ts';
import { type Finding, findingOn } from './finding.ts';

const CLOCK_WARNING_MS = 2_000;

/** A warning: nothing that omniplace decides compares two machines' clocks, but people compare their logs. */
export function clockProblems(host: ReachedHost): Finding[] {
  const ahead = host.clock.aheadMs;
  if (Math.abs(ahead) < CLOCK_WARNING_MS) return [];
  return [
    findingOn(host.address).warning(
      'clock-apart',
      `clock is ${(Math.abs(ahead) / 1000).toFixed(1)} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine's`,
      'let chrony or ntpd set it',
    ),
  ];
}
