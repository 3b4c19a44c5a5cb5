import type { Deployment } from '../../../deployment/deployment.ts';
import type { ServerNode } from '../../../topology/topology.ts';
import { omniRoleSettings } from '../settings.ts';

/** Folder of a server's weights on its host. */
export function modelPathOf({ settings }: Pick<ServerNode, 'settings'>, { modelPath }: Deployment): string {
  return omniRoleSettings(settings).modelPath ?? modelPath;
}
