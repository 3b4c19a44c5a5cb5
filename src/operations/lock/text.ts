import { utc } from '../../files/durations.ts';
import { plural } from '../../report/plural.ts';
import { printable } from '../../report/printable.ts';
import type { LockStatus } from './lockStatus.ts';

export function lockText({ cluster, lease, owner, watchedS, hosts }: LockStatus, file: string): string {
  const silent = hosts.flatMap(({ host, problem }) => (problem === null ? [] : [`  ${host}: not known: ${problem}`]));
  if (lease === null) return [`Nobody changes ${cluster}.`, ...silent].join('\n');
  const held = hosts.filter((host) => host.lease?.id === lease.id).map(({ host }) => host);
  const watched = `${watchedS.toFixed(1)} s`;
  const signs = {
    lives: `It lives: its sequence moved within ${watched}, to ${lease.seq}.`,
    dead: 'Its process is gone from this machine: the next command that changes the cluster takes over at once.',
    still: `Its sequence stood still at ${lease.seq} for ${watched}: after ${lease.ttl} s anybody may take over.`,
  };
  const words = [
    `${cluster} is locked by ${lease.owner}: ${lease.command}, run ${lease.run}, process ${lease.pid} of ${lease.host}`,
    `  since ${utc(lease.since)} by the clock of ${lease.host}, on ${plural(held.length, 'host')}: ${held.join(', ')}`,
    `  ${signs[owner ?? 'still']}`,
    ...silent,
    ...(owner === 'lives' ? [] : [`  to take it away now: omniplace lock release ${lease.id} ${file}`]),
  ];
  return printable(words.join('\n'));
}
