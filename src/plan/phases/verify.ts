import type { Phase } from './context.ts';

/** A token through proxy, prefill and decode: the only proof that the cluster serves. */
export const verify: Phase = ({ deployment, topology }) =>
  topology.nodes.flatMap((node) =>
    node.role !== 'proxy'
      ? []
      : [
          {
            id: `verify/${node.name}/completion`,
            tag: 'verify',
            node: node.name,
            host: node.host,
            title: 'ask the proxy for a completion',
            because: 'only a token that came through proxy, prefill and decode proves that the cluster serves',
            needs: [],
            after: [],
            guard: null,
            action: {
              kind: 'request',
              request: { port: node.listenPort, model: deployment.servedModelName, prompt: 'Alice is ', maxTokens: 8 },
            },
            deadlineMs: 2 * 60_000,
            disruptive: false,
          },
        ],
  );
