import type { Deployment } from '../deployment/deployment.ts';
import type { Node, PortRange, Topology } from '../topology/topology.ts';
import type { Engine } from './engine.ts';

/** Ports a node binds, as its engine or its router has them. */
export type PortsOf = (node: Node) => readonly PortRange[];

export function boundPorts(
  engine: Pick<Engine, 'ports' | 'router'>,
  deployment: Deployment,
  topology: Topology,
): PortsOf {
  const router = engine.router?.(deployment, topology) ?? null;
  return (node) => (node.role === 'proxy' ? (router?.ports ?? []) : engine.ports(node, topology));
}
