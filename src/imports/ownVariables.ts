import type { ImportedHost } from './cluster.ts';
import type { OwnVariables } from './profileEnv.ts';

/** What a host's place in the cluster decides. */
export interface HostPlace {
  readonly role: 'prefill' | 'decode';
  readonly host: ImportedHost;
  readonly master: ImportedHost;
  /** Dies of the earlier hosts of its instance. */
  readonly firstDie: number;
  /** Tensor parallel size. */
  readonly tp: number;
  readonly kvRank: number;
  readonly numPrefill: number;
  /** Addresses of each decode instance. */
  readonly decode: readonly (readonly string[])[];
  readonly logPath: string | null;
}

/** Variables that omniplace sets for a server by itself, as start scripts export them. */
export function ownVariables(place: HostPlace): OwnVariables {
  const { role, host, master, firstDie, tp, kvRank, numPrefill, decode, logPath } = place;
  const isPrefill = role === 'prefill';
  const servers = decode.flat().join(',');
  return {
    ...FOLLOWING,
    ROLE: role,
    HOST_IP: master.address,
    PREFILL_POD_NUM: String(numPrefill),
    DECODE_POD_NUM: String(decode.length),
    SERVER_IP_LIST: servers,
    GLOBAL_DECODE_SERVER_IP_LIST: decode.map((addresses) => addresses.join(',')).join(';'),
    LOCAL_DECODE_SERVER_IP_LIST: (isPrefill ? decode.flat() : ownDecode(place)).join(','),
    SERVER_OFFSET: String(isPrefill ? 0 : firstDie),
    KV_RANK: String(kvRank),
    ASCEND_RT_VISIBLE_DEVICES: host.dies,
    ...(logPath === null ? {} : { LOG_PATH: `${logPath}/${host.name}` }),
    ...(isPrefill
      ? { PREFILL_SERVER_LIST: host.dies, PREFILL_TENSOR_PARALLEL_SIZE: String(tp), IP: host.address }
      : { DECODE_SERVER_LIST: host.dies, DECODE_TENSOR_PARALLEL_SIZE: String(tp), HOST: host.name }),
  };
}

/** They are read for keys of their own, or bash counts them. */
const FOLLOWING: OwnVariables = {
  MODEL_PATH: null,
  HTTP_PROXY: null,
  API_PORT: null,
  MASTER_PORT: null,
  MODEL_LEN_MAX_PREFILL: null,
  MODEL_LEN_MAX_DECODE: null,
  SHLVL: null,
};

function ownDecode({ decode, master }: HostPlace): readonly string[] {
  return decode.find(([first]) => first === master.address) ?? [];
}
