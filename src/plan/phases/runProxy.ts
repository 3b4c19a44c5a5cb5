import type { Step } from '../step.ts';
import { changesOfKind, type Phase } from './context.ts';
import { readyStep, spawnStep } from './runServer.ts';

/** Starts the proxy and waits until it listens and answers. */
export const runProxy: Phase = (context) =>
  changesOfKind(context, 'server')
    .filter(({ node }) => node.role === 'proxy')
    .flatMap(({ change, node, desired }): Step[] => [
      { ...spawnStep(context, desired, 'run_proxy', change.because), title: `start the proxy of ${node.name}` },
      readyStep(context, desired, 'run_proxy', change.because, 'the proxy to answer'),
    ]);
