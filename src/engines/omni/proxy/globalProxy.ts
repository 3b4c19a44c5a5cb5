import type { Deployment } from '../../../deployment/deployment.ts';
import { nodePaths } from '../../../topology/paths.ts';
import type { Topology } from '../../../topology/topology.ts';
import type { Router } from '../../router.ts';
import { nginxRouter } from './nginxRouter.ts';
import { pausing } from './pausing.ts';
import { proxyReasons } from './proxyReasons.ts';
import { proxyScript } from './proxyScript.ts';

/** global_proxy.sh: other lists of servers are another start. */
export function globalProxy(deployment: Deployment, topology: Topology): Router | null {
  const router = nginxRouter(deployment, topology, { script: proxyScript, reasons: proxyReasons });
  if (router === null) return null;
  const pauses = pausing(nodePaths(deployment.statePath, deployment.name, router.node.name));
  const { artifactPaths } = router;
  const markers = [...artifactPaths.markers, pauses.marker];
  return { ...router, pausing: pauses, artifactPaths: { ...artifactPaths, markers } };
}
