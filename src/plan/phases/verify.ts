import { entrances } from '../../engines/entrances.ts';
import { stepOf } from '../step.ts';
import type { Phase } from './context.ts';

/** A token through proxy, prefill and decode, or of every mixed server: the only proof that the cluster serves. */
export const verify: Phase = ({ deployment, topology }) =>
  entrances(topology).map(({ node, host, port, called }) => {
    const because =
      called === 'the proxy'
        ? 'only a token that came through proxy, prefill and decode proves that the cluster serves'
        : 'only a token proves that the server serves';
    const request = { port, called, model: deployment.servedModelName, prompt: 'Alice is ', maxTokens: 8 };
    return stepOf(
      'verify',
      'completion',
      { node, host, because },
      { title: `ask ${called} for a completion`, action: { kind: 'request', request }, deadlineMs: 2 * 60_000 },
    );
  });
