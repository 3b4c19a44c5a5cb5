import type { Deployment } from '../../../deployment/deployment.ts';
import type { Topology } from '../../../topology/topology.ts';
import type { Router } from '../../router.ts';
import { omniProxySettings } from '../settings.ts';
import { globalProxy } from './globalProxy.ts';
import { omniProxy } from './omniProxy.ts';

/** The proxy that the deployment asks for; null: it has none. */
export function omniRouter(deployment: Deployment, topology: Topology): Router | null {
  if (deployment.proxy === null) return null;
  const isOmniProxy = omniProxySettings(deployment.proxy).useOmniProxy;
  return isOmniProxy ? omniProxy(deployment, topology) : globalProxy(deployment, topology);
}
