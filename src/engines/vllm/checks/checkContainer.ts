import type { Deployment } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import type { Positions } from '../../../deployment/positions.ts';

const PATH = 'services.container.flags';

/** Network devices read and write memory that the kernel has locked for them. */
export function* checkContainer({ container, file }: Deployment, position: Positions): Generator<Fault> {
  const limit = /(?:^| |=)memlock=(\S+)/.exec(container.flags.join(' '))?.[1];
  if (limit === undefined || limit.startsWith('-1')) return;
  yield {
    code: 'kv_transfer',
    severity: 'warning',
    message: `services.container.flags limits locked memory to ${limit}, and transfers of key-value caches lock all that they move.`,
    hint: 'Remove it: omniplace sets memlock to -1, which is unlimited.',
    file,
    path: PATH,
    ...position(PATH),
  };
}
