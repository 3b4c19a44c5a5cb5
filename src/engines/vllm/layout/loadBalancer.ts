import type { Group } from '../../../deployment/deployment.ts';
import type { Reasoned } from '../../../topology/reasoned.ts';
import { type LoadBalancing, vllmRoleSettings } from '../vllmSettings.ts';
import { instanceSettings } from './instanceSettings.ts';
import type { ParallelSizes } from './parallelSizes.ts';

export interface LoadBalancer {
  readonly mode: Reasoned<LoadBalancing>;
  /** API servers of each host, in the group's order. */
  readonly serversOf: readonly number[];
}

/** Who has API servers. Where there is one rank, or one host of ranks, an asked-for mode may be the same as internal. */
export function loadBalancer(group: Group, { data, ranksOf }: ParallelSizes): LoadBalancer {
  const { loadBalancing } = vllmRoleSettings(instanceSettings(group));
  if (data.value === 1)
    return { mode: mode('internal', 'there is one rank, which has one server'), serversOf: only(ranksOf) };
  if (loadBalancing === 'external')
    return { mode: mode('external', 'data_parallel_lb: one server per rank'), serversOf: ranksOf };
  if (loadBalancing === 'hybrid' && ranksOf.length > 1)
    return { mode: mode('hybrid', 'data_parallel_lb: one server per host'), serversOf: ranksOf.map(() => 1) };
  const because =
    loadBalancing === 'hybrid'
      ? 'on one host, hybrid is the same as internal'
      : 'data_parallel_lb: one server on the first host shares requests out';
  return { mode: mode('internal', because), serversOf: only(ranksOf) };
}

function only(hosts: readonly unknown[]): readonly number[] {
  return hosts.map((_, i) => (i === 0 ? 1 : 0));
}

function mode(value: LoadBalancing, because: string): Reasoned<LoadBalancing> {
  return { value, because };
}
