import type { Artifact, Install, PutFiles, SyncTree } from '../../engines/artifact.ts';
import { type Action, execOf, type Step, type StepId, stepOf } from '../step.ts';
import type { Tag } from '../tags.ts';
import { changesOfKind, groundOf, othersOn, type Phase } from './context.ts';

const MINUTE_MS = 60_000;
/** Gigabytes over a narrow link. */
const TRANSFER_DEADLINE_MS = 30 * MINUTE_MS;
/** Large packages are unpacked on a slow disk. */
const INSTALL_DEADLINE_MS = 20 * MINUTE_MS;

/** Brings the engine's artifacts of one tag: files, a tree, or what is installed in the container. */
export function artifactPhase(tag: Tag): Phase {
  return (context) =>
    changesOfKind(context, 'artifact')
      .filter(({ change }) => change.artifact.tag === tag)
      .map(({ change, desired }): Step => {
        const { scope, bring } = change.artifact;
        const alsoFor = scope === 'host' ? { alsoFor: othersOn(context.topology, change.host, change.node) } : {};
        const ground = () => groundOf(context, change.node, change.host);
        const step = stepOf(tag, bring.kind, { ...change, ...alsoFor }, made(bring, desired.container.name, ground));
        return bring.kind === 'put' ? withNameLast(step) : step;
      });
}

type Made = Pick<Step, 'title' | 'action' | 'deadlineMs'> & { readonly needs?: readonly StepId[] };

function made(bring: Artifact['bring'], container: string, ground: () => readonly Step[]): Made {
  switch (bring.kind) {
    case 'put':
      return { title: putTitle(bring), action: bring, deadlineMs: TRANSFER_DEADLINE_MS };
    case 'sync':
      return { title: `sync ${bring.from} to ${bring.to}`, action: syncOf(bring), deadlineMs: TRANSFER_DEADLINE_MS };
    case 'install':
      return {
        ...installIn(container, bring),
        needs: ids(ground().filter(({ action }) => bring.ofTree === true || action.kind !== 'sync')),
      };
  }
}

function putTitle({ files }: PutFiles): string {
  return `put ${files.length} file${files.length === 1 ? '' : 's'}`;
}

function syncOf({ from, isOnHost, to, marker, digest }: SyncTree): Action {
  return { kind: 'sync', from, ...(isOnHost && { isOnHost }), to, marker, digest };
}

function installIn(container: string, { title, argv }: Install): Made {
  return { title: `${title} in ${container}`, action: execOf(argv), deadlineMs: INSTALL_DEADLINE_MS };
}

/** Plans have always listed such steps so, and a plan's digest counts the order. */
function withNameLast({ id, tag, ...step }: Step): Step {
  return { ...step, id, tag };
}

function ids(steps: readonly Step[]): StepId[] {
  return steps.map(({ id }) => id);
}
