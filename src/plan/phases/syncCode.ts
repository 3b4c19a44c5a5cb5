import type { Step } from '../step.ts';
import { changesOf, othersOn, type Phase } from './context.ts';

/** Brings the code tree to each host once; containers see it through their mount. */
export const syncCode: Phase = (context) =>
  changesOf(context, 'code').flatMap(({ change, desired }): Step[] =>
    desired.code === null
      ? []
      : [
          {
            id: `sync_code/${change.node}/sync`,
            tag: 'sync_code',
            node: change.node,
            alsoFor: othersOn(context.topology, change.host, change.node),
            host: change.host,
            title: `sync ${desired.code.from} to ${desired.code.to}`,
            because: change.because,
            needs: [],
            after: [],
            guard: null,
            action: {
              kind: 'sync',
              from: desired.code.from,
              ...(desired.code.isOnHost && { isOnHost: true }),
              to: desired.code.to,
              marker: desired.code.marker,
              digest: desired.code.digest,
            },
            deadlineMs: 30 * 60_000,
            disruptive: false,
          },
        ],
  );
