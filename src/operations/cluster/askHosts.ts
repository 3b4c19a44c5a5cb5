import type { Facts } from '../../facts/facts.ts';
import { gatherFacts } from './gatherFacts.ts';
import type { ServeContext } from './planned.ts';

/** Asks every host once, telling of each as it answers. */
export function askHosts(requests: Parameters<typeof gatherFacts>[1], context: ServeContext): Promise<Facts> {
  context.emit({ kind: 'probe-started', atMs: context.nowMs(), hosts: Object.keys(requests) });
  return gatherFacts(context.pool.open, requests, {
    signal: context.signal,
    stateFolder: context.stateFolder,
    onHost: (facts, durationMs) =>
      context.emit({
        kind: 'host-probed',
        atMs: context.nowMs(),
        host: facts.address,
        durationMs,
        problem: facts.reachable ? null : facts.reason,
      }),
  });
}
