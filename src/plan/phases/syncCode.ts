import { stepOf } from '../step.ts';
import { changesOfKind, othersOn, type Phase } from './context.ts';

/** Brings the code tree to each host once; containers see it through their mount. */
export const syncCode: Phase = (context) =>
  changesOfKind(context, 'code').flatMap(({ change, desired: { code } }) => {
    if (code === null) return [];
    const { from, isOnHost, to, marker, digest } = code;
    const alsoFor = othersOn(context.topology, change.host, change.node);
    const action = { kind: 'sync', from, ...(isOnHost && { isOnHost: true as const }), to, marker, digest } as const;
    const title = `sync ${from} to ${to}`;
    return [stepOf('sync_code', 'sync', { ...change, alsoFor }, { title, action, deadlineMs: 30 * 60_000 })];
  });
