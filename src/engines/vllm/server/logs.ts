import type { Deployment } from '../../../deployment/deployment.ts';
import type { ServerNode } from '../../../topology/topology.ts';

/** The start script's own, into which a single server writes too. */
export function launcherLog(node: ServerNode, { logPath }: Deployment): string {
  return `${logPath}/${node.name}/run_${node.role}.log`;
}

/** Of one of several servers. */
export function serverLog(node: ServerNode, server: number, { logPath }: Deployment): string {
  return `${logPath}/${node.name}/server_${server}.log`;
}

export function allLogs(node: ServerNode, deployment: Deployment): readonly string[] {
  const several = node.numServers > 1 ? node.numServers : 0;
  const own = Array.from({ length: several }, (_, server) => serverLog(node, server, deployment));
  return [launcherLog(node, deployment), ...own];
}
