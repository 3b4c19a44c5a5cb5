import type { Deployment } from '../../../deployment/deployment.ts';
import type { Topology } from '../../../topology/topology.ts';
import type { Router } from '../../router.ts';
import { nginxRouter } from './nginxRouter.ts';
import { proxyReasons } from './proxyReasons.ts';
import { proxyScript } from './proxyScript.ts';

/** global_proxy.sh: other lists of servers are another start. */
export function globalProxy(deployment: Deployment, topology: Topology): Router | null {
  return nginxRouter(deployment, topology, { script: proxyScript, reasons: proxyReasons });
}
