import { entrances } from '../../topology/entrances.ts';
import type { Phase } from './context.ts';

/** A token through proxy, prefill and decode, or of every mixed server: the only proof that the cluster serves. */
export const verify: Phase = ({ deployment, topology }) =>
  entrances(topology).map(({ node, host, port, called }) => ({
    id: `verify/${node}/completion`,
    tag: 'verify',
    node,
    host,
    title: `ask ${called} for a completion`,
    because:
      called === 'the proxy'
        ? 'only a token that came through proxy, prefill and decode proves that the cluster serves'
        : 'only a token proves that the server serves',
    needs: [],
    after: [],
    guard: null,
    action: {
      kind: 'request',
      request: { port, called, model: deployment.servedModelName, prompt: 'Alice is ', maxTokens: 8 },
    },
    deadlineMs: 2 * 60_000,
    disruptive: false,
  }));
