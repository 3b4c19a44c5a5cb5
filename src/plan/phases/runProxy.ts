import releaseScript from '../../../templates/release.sh';
import type { DesiredNode } from '../../engines/desired.ts';
import { execOf, type Step, stepOf } from '../step.ts';
import { changesOfKind, type Phase, type PhaseContext } from './context.ts';
import { resumeSteps } from './pausingSteps.ts';
import { readyStep, spawnStep } from './runServer.ts';

/** What watches a proxy ends at once; after it, it is killed. */
const GRACE_SECONDS = 5;
const RELOAD_MS = 60_000;

/** Starts the proxy and waits until it listens and answers, or lets the one that serves take over what changed, and servers that it left out. */
export const runProxy: Phase = (context) => [
  ...resumeSteps(context),
  ...changesOfKind(context, 'server')
    .filter(({ node }) => node.role === 'proxy')
    .flatMap(({ change, node, desired }): Step[] => {
      const ready = readyStep(context, desired, 'run_proxy', change.because, 'the proxy to answer');
      const spawn = spawnStep(context, desired, 'run_proxy', change.because);
      if (change.how === 'reload') return [...reloadSteps(context, desired, spawn), ready];
      return [{ ...spawn, title: `start the proxy of ${node.name}` }, ready];
    }),
];

/** What watches the old generation is replaced only when the proxy has taken over the new one. */
function reloadSteps(context: PhaseContext, desired: DesiredNode, spawn: Step): Step[] {
  const { server, container, node } = desired;
  const { because } = spawn;
  const make = (what: string, title: string, argv: readonly string[], needs: Step['needs']): Step =>
    stepOf(
      'run_proxy',
      what,
      { ...desired, because },
      { title, needs, action: execOf(argv, container.name), deadlineMs: RELOAD_MS },
    );
  const servers = context.earlier.filter(({ tag, id }) => tag === 'run_server' && id.endsWith('/ready'));
  const ground = [...spawn.needs, ...servers.map(({ id }) => id)];
  const reload = make('reload', `reload the proxy of ${node}`, server.reload!, ground);
  const argv = ['sh', '-c', releaseScript, 'release', server.identity, String(GRACE_SECONDS)];
  const release = make('release', `end what watches the proxy of ${node}`, argv, [reload.id]);
  // the port is its own: nothing has to become free
  const action = spawn.action.kind === 'spawn' ? { ...spawn.action, ports: NO_PORTS } : spawn.action;
  return [
    reload,
    release,
    { ...spawn, title: `watch the proxy of ${node}`, needs: [...spawn.needs, release.id], action },
  ];
}

const NO_PORTS = { exclusive: [], reused: [], waitMs: 0 };
