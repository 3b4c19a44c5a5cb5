import type { Deployment } from '../../../deployment/deployment.ts';
import type { ServerNode, Topology } from '../../../topology/topology.ts';
import { zmqPort } from '../ports.ts';

/** Values that both the arguments of pd_run.sh and the environment carry. */
export interface EngineValues {
  readonly globalRankTable: string;
  /** Of the host, or of the whole instance where it has several. */
  readonly rankTable: string;
  /** Addresses of all decode hosts, masters first within their groups. */
  readonly decodeServers: string;
  /** A decode node's own group; all for a prefill node. */
  readonly ownDecodeServers: string;
  readonly interfaceName: string;
  readonly extraConfigPath: string;
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
  const numDecodeHosts = topology.nodes.filter((other) => other.role === 'decode').length;
  const common = {
    MODEL_PATH: deployment.modelPath,
    HOST_IP: node.masterAddress,
    MASTER_PORT: String(node.masterPort),
    API_PORT: String(node.baseApiPort),
    SERVER_IP_LIST: values.decodeServers,
    PREFILL_POD_NUM: String(topology.numPrefill),
    SOCKET_IFNAME: values.interfaceName,
    VLLM_LLMDATADIST_ZMQ_PORT: String(zmqPort(node.name, topology)),
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
        DECODE_POD_NUM: String(numDecodeHosts),
        NUM_SERVERS: String(node.numServers),
        HOST: node.name,
      };
}

/** What pd_run.sh exports, for processes it does not start. */
export function pdRunEnv(node: ServerNode, values: EngineValues): Env {
  return {
    GLOBAL_RANK_TABLE_FILE_PATH: values.globalRankTable,
    RANK_TABLE_FILE_PATH: values.rankTable,
    LOCAL_DECODE_SERVER_IP_LIST: values.ownDecodeServers,
    GLOBAL_DECODE_SERVER_IP_LIST: values.decodeServers,
    ROLE: node.role,
    DECODE_POD_NUM: '1',
    HCCL_INTRA_ROCE_ENABLE: '1',
    HCCL_INTRA_PCIE_ENABLE: '0',
    HCCL_CONNECT_TIMEOUT: '1800',
    HCCL_EXEC_TIMEOUT: '120',
    HCCL_BUFFSIZE: values.hcclBufferSize,
    HCCL_OP_EXPANSION_MODE: values.hcclExpansionMode,
    GLOO_SOCKET_IFNAME: values.interfaceName,
    TP_SOCKET_IFNAME: values.interfaceName,
    VLLM_LOGGING_LEVEL: 'INFO',
    VLLM_USE_V1: '1',
    VLLM_WORKER_MULTIPROC_METHOD: 'fork',
    VLLM_ENABLE_MC2: values.enableMc2,
    SERVER_OFFSET: String(node.serverOffset),
    MODEL_EXTRA_CFG_PATH: values.extraConfigPath,
    USING_LCCL_COM: '0',
    OMNI_USE_DSV3: '1',
    TNG_HOST_COPY: '1',
    AUTO_USE_UC_MEMORY: '1',
    TASK_QUEUE_ENABLE: '2',
    ENABLE_OVERWRITE_REQ_IDS: '1',
  };
}
