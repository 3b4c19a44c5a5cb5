import type { Step } from '../step.ts';
import { changesOfKind, type Phase } from './context.ts';

/** Configs, engine JSON, scripts, patterns and wheels. */
export const pushConfig: Phase = (context) =>
  changesOfKind(context, 'files').map(({ change }) => ({
    ...put(change),
    id: `push_config/${change.node}/put`,
    tag: 'push_config',
  }));

/** Rank tables: what the engine joins its ranks by. */
export const rankTable: Phase = (context) =>
  changesOfKind(context, 'rank-tables').map(({ change }) => ({
    ...put(change),
    id: `ranktable/${change.node}/put`,
    tag: 'ranktable',
  }));

type FileChange = ReturnType<typeof changesOfKind<'files' | 'rank-tables'>>[number]['change'];

function put(change: FileChange): Omit<Step, 'id' | 'tag'> {
  const { files } = change;
  return {
    node: change.node,
    host: change.host,
    title: `put ${files.length} file${files.length === 1 ? '' : 's'}`,
    because: change.because,
    needs: [],
    after: [],
    guard: null,
    action: { kind: 'put', files },
    deadlineMs: 30 * 60_000,
    disruptive: false,
  };
}
