import type { Fault } from '../deployment/fault.ts';
import { type CheckContext, fault } from '../topology/checkContext.ts';
import type { Engine } from './engine.ts';

const ACCELERATOR = 'services.accelerator';
const PROXY = 'deployment.proxy';

/** What of a deployment its engine has nothing for. */
export function* misfits(
  { name, accelerators, router }: Pick<Engine, 'name' | 'accelerators' | 'router'>,
  context: CheckContext,
): Generator<Fault> {
  const { deployment, topology, placeOf } = context;
  if (!accelerators.includes(deployment.accelerator)) {
    yield fault(
      context,
      'engine_accelerator',
      'error',
      { path: ACCELERATOR, ...placeOf(ACCELERATOR) },
      {
        message: `\`engine: ${name}\` can't run with \`accelerator: ${deployment.accelerator}\`.`,
        hint: `Set accelerator to one that it runs on: ${accelerators.join(', ')}.`,
      },
    );
  }
  if (deployment.proxy !== null && !router?.(deployment, topology)) {
    yield fault(
      context,
      'engine_without_router',
      'error',
      { path: PROXY, ...placeOf(PROXY) },
      {
        message: `Engine ${name} has no router, and \`${PROXY}\` needs one.`,
        hint: 'Use `mixed` servers, which clients ask themselves.',
      },
    );
  }
}
