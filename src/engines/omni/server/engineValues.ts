import type { Instance } from '../../../topology/topology.ts';
import { rankTablePaths } from '../hostPaths.ts';
import { zmqPort } from '../ports.ts';
import type { EngineValues } from './serverEnv.ts';
import type { ServerScriptInput } from './serverScriptInput.ts';

/** From the topology; a few that only tune a server may be set by `env`. */
export function engineValues(input: ServerScriptInput, instance: Instance): EngineValues {
  const { node, topology, paths, interfaceName, deployment } = input;
  const { env } = node.settings;
  const tables = rankTablePaths(node, instance, paths);
  const decode = topology.instances.filter(({ role }) => role === 'decode');
  return {
    globalRankTable: tables.global,
    rankTable: tables.merged ?? tables.local,
    decodeServers: decode.map(addressesOf).join(';'),
    ownDecodeServers: node.role === 'decode' ? addressesOf(instance) : decode.map(addressesOf).join(','),
    numDecode: String(decode.length),
    interfaceName,
    zmqPort: String(zmqPort(node.name, topology)),
    hcclBufferSize: env.HCCL_BUFFSIZE ?? (node.role === 'prefill' ? '500' : '1000'),
    hcclExpansionMode: env.HCCL_OP_EXPANSION_MODE ?? 'AIV',
    enableMc2: env.VLLM_ENABLE_MC2 ?? '1',
    logFolder: `${deployment.logPath}/${node.name}`,
  };
}

function addressesOf({ group }: Instance): string {
  return group.hosts.map(({ address }) => address).join(',');
}
