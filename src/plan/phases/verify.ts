import { entrances } from '../../engines/entrances.ts';
import { stepOf } from '../step.ts';
import type { Phase } from './context.ts';

/** A token from everywhere that clients ask: the only proof that the cluster serves. */
export const verify: Phase = (context) =>
  entrances(context).map(({ node, host, port, called, because }) => {
    const request = { port, called, model: context.deployment.servedModelName, prompt: 'Alice is ', maxTokens: 8 };
    return stepOf(
      'verify',
      'completion',
      { node, host, because },
      { title: `ask ${called} for a completion`, action: { kind: 'request', request }, deadlineMs: 2 * 60_000 },
    );
  });
