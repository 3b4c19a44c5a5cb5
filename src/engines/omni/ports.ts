import type { Node, PortRange, Topology } from '../../topology/topology.ts';

/** VLLM_LLMDATADIST_ZMQ_PORT of the first server on a host; omni_cli gives each further one the next but 15. */
const ZMQ_PORT = 5568;
const ZMQ_STEP = 16;
const RAY_PORT = 6379;

/**
 * Ports a node binds. A prefill instance's master port is not among them: it has one data-parallel rank, so nobody
 * meets there. Ray's head binds its port only where an instance has several hosts.
 */
export function portsOf(node: Node, topology: Topology): readonly PortRange[] {
  const at = { node: node.name, host: node.host };
  if (node.role === 'proxy') return [{ ...at, from: node.listenPort, to: node.listenPort, purpose: 'listen' }];
  const ports: PortRange[] = [];
  if (node.numServers > 0) {
    ports.push({ ...at, from: node.baseApiPort, to: node.baseApiPort + node.numServers - 1, purpose: 'api' });
  }
  if (node.role === 'decode' && node.nodeRank === 0) {
    ports.push({ ...at, from: node.masterPort, to: node.masterPort, purpose: 'master' });
  }
  // a mixed server hands no cache over
  if (node.role === 'mixed') return ports;
  const zmq = zmqPort(node.name, topology);
  ports.push({ ...at, from: zmq, to: zmq, purpose: 'zmq' });
  if (isRayHead(node, topology)) ports.push({ ...at, from: RAY_PORT, to: RAY_PORT, purpose: 'ray' });
  return ports;
}

export function zmqPort(name: Node['name'], topology: Topology): number {
  const node = topology.nodes.find((candidate) => candidate.name === name);
  const onHost = topology.nodes.filter((other) => other.role !== 'proxy' && other.host === node?.host);
  return ZMQ_PORT + ZMQ_STEP * onHost.findIndex((other) => other.name === name);
}

function isRayHead(node: Node, topology: Topology): boolean {
  if (node.role !== 'prefill' || node.nodeRank !== 0) return false;
  return topology.instances[node.instance]!.nodes.length > 1;
}
