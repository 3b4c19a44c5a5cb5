import type { Step } from '../step.ts';
import type { Phase } from './context.ts';

const HOUR_MS = 60 * 60_000;

/** Brings the model from a local folder to every host that has a server. */
export const pushModel: Phase = ({ deployment, topology, facts }) =>
  topology.hosts.flatMap((host): Step[] => {
    const [node, ...others] = host.nodes.filter(
      (name) => topology.nodes.find((one) => one.name === name)?.role !== 'proxy',
    );
    if (node === undefined || facts[host.address]?.reachable !== true) return [];
    const base = {
      tag: 'push_model',
      node,
      alsoFor: others,
      host: host.address,
      because: 'asked for',
      needs: [],
      after: [],
      guard: null,
      disruptive: false,
    } as const;
    const { modelSource: from, modelPath: to } = deployment;
    if (from === null) {
      const reason = 'nothing says where the model is on this machine\nname its folder in services.model_source';
      const action = { kind: 'check', verdict: 'failed', reason } as const;
      const title = 'find the folder of the model';
      return [{ ...base, id: `push_model/${node}/folder`, title, action, deadlineMs: 1_000 }];
    }
    return [
      {
        ...base,
        id: `push_model/${node}/push`,
        title: `push ${from} to ${to}`,
        action: { kind: 'push', from, to },
        // hundreds of GB over a narrow link; what stalls is noticed long before
        deadlineMs: 48 * HOUR_MS,
      },
    ];
  });
