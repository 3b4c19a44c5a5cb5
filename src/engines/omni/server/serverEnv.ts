import type { Deployment } from '../../../deployment/deployment.ts';
import type { ServerNode, Topology } from '../../../topology/topology.ts';
import { modelPathOf } from './modelPathOf.ts';

/** Values that both the arguments of OmniInfer's scripts and the environment carry. */
export interface EngineValues {
  readonly globalRankTable: string;
  /** Of the host, or of the whole instance where it has several. */
  readonly rankTable: string;
  /** Addresses of all decode hosts, masters first within their groups; `;` is between groups. */
  readonly decodeServers: string;
  /** A decode node's own group; all for a prefill node. */
  readonly ownDecodeServers: string;
  /** Of decode instances: with another number than the rank table has, the loader of the table ends. */
  readonly numDecode: string;
  readonly interfaceName: string;
  readonly zmqPort: string;
  readonly hcclBufferSize: string;
  readonly hcclExpansionMode: string;
  readonly enableMc2: string;
  readonly logFolder: string;
}

type Env = Record<string, string>;

/** What OmniInfer's playbook gives to the `docker exec` that starts a server. */
export function execEnv(node: ServerNode, deployment: Deployment, topology: Topology, values: EngineValues): Env {
  const hosts = topology.instances[node.instance]!.group.hosts.map((host) => host.address);
  const dies = node.dies.join(',');
  const numDies = String(node.dies.length);
  const common = {
    MODEL_PATH: modelPathOf(node, deployment),
    HOST_IP: node.masterAddress,
    MASTER_PORT: String(node.masterPort),
    API_PORT: String(node.baseApiPort),
    SERVER_IP_LIST: values.decodeServers.replaceAll(';', ','),
    PREFILL_POD_NUM: String(topology.numPrefill),
    SOCKET_IFNAME: values.interfaceName,
    VLLM_LLMDATADIST_ZMQ_PORT: values.zmqPort,
    PYTORCH_NPU_ALLOC_CONF: 'expandable_segments:True',
    ASCEND_GLOBAL_LOG_LEVEL: '3',
  };
  return node.role === 'prefill'
    ? {
        ...common,
        MODEL_LEN_MAX_PREFILL: String(node.settings.maxModelLen),
        PREFILL_SERVER_LIST: dies,
        PREFILL_TENSOR_PARALLEL_SIZE: numDies,
        IP: node.host,
        KV_RANK: String(node.kv!.rank),
        NNODES: String(hosts.length),
        NODE_RANK: String(node.nodeRank),
        NODE_IP_LIST: hosts.join(','),
      }
    : {
        ...common,
        MODEL_LEN_MAX_DECODE: String(node.settings.maxModelLen),
        DECODE_SERVER_LIST: dies,
        DECODE_TENSOR_PARALLEL_SIZE: String(node.tensorParallelSize),
        DECODE_DATA_PARALLEL_SIZE: String(node.dataParallelSize),
        DECODE_POD_NUM: values.numDecode,
        NUM_SERVERS: String(node.numServers),
        HOST: node.name,
      };
}
