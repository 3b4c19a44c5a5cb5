import type { JsonObject } from '../../../deployment/deployment.ts';
import type { ServerNode, Topology } from '../../../topology/topology.ts';
import { mergeJson } from '../../mergeJson.ts';
import { vllmRoleSettings } from '../vllmSettings.ts';
import { kvPorts } from './kvPorts.ts';

const BUFFER_BYTES = 1_073_741_824;

/** What LMCACHE_CONFIG_FILE names: prefill sends to the receiver of the decode instance. */
export function lmcacheConfig(node: ServerNode, topology: Topology): JsonObject {
  const receiver = topology.nodes.find((other) => other.role === 'decode') as ServerNode | undefined;
  const peer = node.role === 'decode' || receiver === undefined ? node : receiver;
  return mergeJson(
    {
      local_cpu: false,
      max_local_cpu_size: 0,
      max_local_disk_size: 0,
      remote_serde: null,
      enable_nixl: true,
      nixl_role: node.role === 'decode' ? 'receiver' : 'sender',
      nixl_peer_host: peer.host,
      nixl_peer_port: kvPorts(peer, topology)?.from ?? 0,
      nixl_buffer_size: BUFFER_BYTES,
      nixl_buffer_device: 'cuda',
      nixl_enable_gc: true,
    },
    vllmRoleSettings(node.settings).lmcacheConfig,
  );
}
