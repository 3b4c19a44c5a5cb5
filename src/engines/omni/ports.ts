import type { NodeName, PortRange, ServerNode, Topology } from '../../topology/topology.ts';
import { isOverRay, rayPort } from './server/rayCommands.ts';
import { omniRoleSettings } from './settings.ts';

/** VLLM_LLMDATADIST_ZMQ_PORT of the first server on a host; omni_cli gives each further one the next but 15. */
const ZMQ_PORT = 5568;
const ZMQ_STEP = 16;
const ZMQ_VARIABLE = 'VLLM_LLMDATADIST_ZMQ_PORT';

const API = { purpose: 'api', what: 'the API servers of', key: 'base_api_port' } as const;
const MASTER = { purpose: 'master', what: 'the master port of', key: 'master_port' } as const;
const ZMQ = { purpose: 'zmq', what: 'the KV transfer (zmq) of', key: null } as const;
const RAY = { purpose: 'ray', what: 'the ray head of', key: null } as const;

/**
 * Ports a server's node binds. The master port of a prefill instance is among them only where it has several data-parallel
 * ranks, which meet there. Ray's head binds its port only where a server has several hosts.
 */
export function portsOf(node: ServerNode, topology: Topology): readonly PortRange[] {
  const at = { node: node.name, host: node.host };
  const ports: PortRange[] = [];
  if (node.numServers > 0) {
    const to = node.baseApiPort + node.numServers - 1;
    // start_api_servers.py tests each by a bind of its own; a mixed server is vLLM by itself, which reuses addresses
    ports.push({ ...at, from: node.baseApiPort, to, ...API, ...(node.role !== 'mixed' && { isExclusive: true }) });
  }
  const meets = node.role === 'decode' || (node.role === 'prefill' && node.dataParallelSize > 1);
  if (meets && node.nodeRank === 0) {
    ports.push({ ...at, ...one(node.masterPort), ...MASTER });
  }
  // a mixed server hands no cache over
  if (node.role === 'mixed') return ports;
  const zmq = zmqPort(node.name, topology);
  const further = { count: node.dies.length - 1, purpose: 'to hand over their cache' };
  ports.push({ ...at, ...one(zmq), ...ZMQ, ...(further.count > 0 && { further }) });
  if (isRayHead(node)) ports.push({ ...at, ...one(rayPort(node)), ...RAY });
  return ports;
}

/** As its key or `env` sets it, else one of its own for each server of a host. */
export function zmqPort(name: NodeName, topology: Topology): number {
  const node = topology.nodes.find((candidate) => candidate.name === name);
  if (node !== undefined && node.role !== 'proxy') {
    const given = omniRoleSettings(node.settings).zmqPort ?? Number(node.settings.env[ZMQ_VARIABLE]);
    if (Number.isInteger(given)) return given;
  }
  const onHost = topology.nodes.filter((other) => other.role !== 'proxy' && other.host === node?.host);
  return ZMQ_PORT + ZMQ_STEP * onHost.findIndex((other) => other.name === name);
}

function isRayHead(node: ServerNode): boolean {
  return node.nodeRank === 0 && isOverRay(node);
}

function one(port: number): Pick<PortRange, 'from' | 'to'> {
  return { from: port, to: port };
}
