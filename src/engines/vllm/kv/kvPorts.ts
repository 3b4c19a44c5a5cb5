import type { PortRange, ServerNode, Topology } from '../../../topology/topology.ts';
import { serverPlace } from '../layout/serverPlace.ts';
import { vllmRoleSettings } from '../vllmSettings.ts';

const SIDE_CHANNEL_PORT = 5600;
const BOOTSTRAP_PORT = 8998;

const SIDE_CHANNEL_VARIABLE = 'VLLM_NIXL_SIDE_CHANNEL_PORT';
const BOOTSTRAP_VARIABLE = 'VLLM_MOONCAKE_BOOTSTRAP_PORT';

/** Ports over which a server hands over its key-value cache. */
export interface KvPorts {
  /** What the variable contains: a rank adds its number in the instance to it. */
  readonly base: number;
  readonly from: number;
  readonly to: number;
  /** Key of the deployment file that sets them; null: the first that are free. */
  readonly key: string | null;
}

/** null: the node hands nothing over, or binds no port for it. */
export function kvPorts(node: ServerNode, topology: Topology): KvPorts | null {
  if (node.role === 'mixed') return null;
  const taken: KvPorts[] = [];
  for (const other of topology.nodes) {
    if (other.role === 'proxy' || other.host !== node.host) continue;
    const ports = wanted(other, topology, taken);
    if (other.name === node.name) return ports;
    if (ports !== null) taken.push(ports);
  }
  return null;
}

/** In the form of the topology. */
export function kvPortRange(node: ServerNode, topology: Topology): readonly PortRange[] {
  const ports = kvPorts(node, topology);
  if (ports === null) return [];
  const { from, to, key } = ports;
  return [{ node: node.name, host: node.host, from, to, purpose: 'kv', what: 'the KV transfer of', key }];
}

function wanted(node: ServerNode, topology: Topology, taken: readonly KvPorts[]): KvPorts | null {
  if (node.role === 'mixed') return null;
  const { kvConnector } = vllmRoleSettings(node.settings);
  const { localRanks, startRank } = serverPlace(node, topology);
  if (kvConnector === 'MooncakeConnector') {
    // the servers of an instance that are not its first have a bootstrap of their own where they take requests
    const servers = node.role === 'prefill' ? node.numServers : 0;
    return rangeOf(node, BOOTSTRAP_VARIABLE, { base: BOOTSTRAP_PORT, offset: 0, count: servers }, taken);
  }
  return rangeOf(node, SIDE_CHANNEL_VARIABLE, { base: SIDE_CHANNEL_PORT, offset: startRank, count: localRanks }, taken);
}

interface Wanted {
  readonly base: number;
  readonly offset: number;
  readonly count: number;
}

/** As `env` sets it, else the first that is free for all of its ranks. */
function rangeOf(
  node: ServerNode,
  variable: string,
  { base, offset, count }: Wanted,
  taken: readonly KvPorts[],
): KvPorts | null {
  if (count === 0) return null;
  const given = Number(node.settings.env[variable]);
  if (Number.isInteger(given)) return { ...at(given), key: `env.${variable}` };
  const isFree = ({ from, to }: KvPorts) => taken.every((other) => to < other.from || other.to < from);
  let free = base;
  while (!isFree(at(free))) free++;
  return at(free);

  function at(start: number): KvPorts {
    return { base: start, from: start + offset, to: start + offset + count - 1, key: null };
  }
}
