import type { Deployment } from '../../../deployment/deployment.ts';
import { nodePaths } from '../../../topology/paths.ts';
import type { Topology } from '../../../topology/topology.ts';
import type { Router } from '../../router.ts';
import { startScriptPath } from '../hostPaths.ts';
import { nginxRouter } from './nginxRouter.ts';
import { omniProxyReasons } from './omniProxyReasons.ts';
import { omniProxyScript, RELOAD } from './omniProxyScript.ts';

/** omni_proxy.sh: an nginx that schedules by tokens, load and cached prefixes, and reloads its lists of servers. */
export function omniProxy(deployment: Deployment, topology: Topology): Router | null {
  const router = nginxRouter(deployment, topology, { script: omniProxyScript, reasons: omniProxyReasons });
  if (router === null) return null;
  const paths = nodePaths(deployment.statePath, deployment.name, router.node.name);
  return { ...router, reload: ['bash', startScriptPath(router.node, paths), RELOAD] };
}
