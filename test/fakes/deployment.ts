import type {
  Deployment,
  Group,
  GroupHost,
  Login,
  ProxyEntry,
  RoleSettings,
  ServerRole,
} from '../../src/deployment/deployment.ts';
import type {
  EngineArguments,
  OmniProxySettings,
  OmniRoleSettings,
  OmniSettings,
  PlacementSettings,
} from '../../src/engines/omni/settings.ts';

interface FakeGroup {
  readonly hosts: readonly string[];
  readonly dies?: readonly number[];
  readonly masterPort?: number;
  readonly baseApiPort?: number;
  /** Those of omni's own keys stand among them. */
  readonly settings?: FakeSettings;
  /** By address. */
  readonly overrides?: Readonly<Record<string, Partial<GroupHost>>>;
}

export type FakeSettings = Partial<RoleSettings & OmniRoleSettings>;

/** Omni's own keys stand among the others. */
export interface FakeDeployment
  extends Partial<OmniSettings & Omit<Deployment, 'prefill' | 'decode' | 'mixed' | 'proxy'>> {
  readonly prefill?: readonly FakeGroup[];
  readonly decode?: readonly FakeGroup[];
  /** Given: neither prefill nor decode nor proxy. */
  readonly mixed?: readonly FakeGroup[];
  readonly proxy?: Partial<ProxyEntry>;
}

/** A whole deployment: one prefill and one decode host of 4 dies unless told otherwise. */
export function fakeDeployment(parts: FakeDeployment = {}): Deployment {
  const { mixed = [], proxy = {}, ...others } = parts;
  const isMixed = mixed.length > 0;
  const { prefill = isMixed ? [] : [{ hosts: ['10.0.0.1'] }], ...besides } = others;
  const { decode = isMixed ? [] : [{ hosts: ['10.0.0.2'] }], ...keys } = besides;
  const { generation = 'v0.3', launcher = 'pd_run', codePath = null, wheels = [], buildHost = null, ...rest } = keys;
  const engineSettings: OmniSettings = { generation, launcher, codePath, wheels, buildHost };
  return {
    file: 'cluster.yml',
    directory: '/home/user',
    name: 'r1',
    engine: 'omni',
    engineSettings,
    accelerator: 'ascend',
    image: 'repo/omniinfer:1',
    imageArchive: null,
    modelSource: null,
    modelPath: '/data/models/r1',
    model: { moeLayers: 58, experts: 256, topK: 8, firstDenseLayers: 3 },
    servedModelName: 'deepseek',
    logPath: '/data/log',
    statePath: '/var/lib/omniplace',
    httpProxy: null,
    apiKey: null,
    container: { namePrefix: 'omniplace', mounts: [], devices: [], shmSize: '500g', flags: [] },
    ssh: { hostKeys: 'strict', knownHosts: '/home/user/.ssh/known_hosts', become: null, connectTimeoutMs: 10_000 },
    ready: { prefillMs: 2_700_000, decodeMs: 2_700_000, mixedMs: 2_700_000, noProgressMs: 600_000 },
    failure: { onFailure: 'stop', maxFail: 0, anyErrorsFatal: null },
    ...rest,
    prefill: prefill.map((group, i) => fakeGroup('prefill', group, i)),
    decode: decode.map((group, i) => fakeGroup('decode', group, i)),
    mixed: mixed.map((group, i) => fakeGroup('mixed', group, i)),
    proxy: isMixed
      ? null
      : {
          host: prefill[0]?.hosts[0] ?? '10.0.0.1',
          login: LOGIN,
          listenPort: 7000,
          engineSettings: PROXY,
          ...proxy,
        },
  };
}

export const PROXY: OmniProxySettings = {
  prefillLbSdk: 'pd_score_balance',
  decodeLbSdk: 'pd_score_balance',
  coreNum: 4,
  startCoreIndex: 16,
  logLevel: 'notice',
  accessLogFile: null,
  streamOps: 'off',
  useOmniProxy: false,
  omniProxy: {
    nginx_conf_file: '/usr/local/nginx/conf/nginx.conf',
    omni_proxy_pd_policy: 'sequential',
    omni_proxy_model_path: null,
    omni_proxy_max_batch_num_token: 100000,
    omni_proxy_max_tokens_weight: null,
    omni_proxy_schedule_algo: 'default',
    omni_proxy_prefill_max_num_seqs: null,
    omni_proxy_decode_max_num_seqs: null,
    omni_proxy_prefill_starvation_timeout: 400,
    prefill_pod_size: 1,
    decode_pod_size: 1,
    omni_proxy_prefill_groups: null,
    omni_proxy_decode_groups: null,
    no_reuseport: false,
    keepalive_nginx: false,
  },
};

const LOGIN: Login = {
  user: 'root',
  port: 22,
  privateKey: '/home/user/.ssh/id_ed25519',
  passphrase: null,
  password: null,
  agent: false,
  jump: null,
};

export const PLACEMENT: PlacementSettings = {
  enabled: true,
  patternPath: null,
  imagePatternPath: null,
  maxMoeLayerNum: null,
  enableDynamic: false,
  maxRedundantPerExpert: 1,
  maxRedundantPerRank: 0,
  enableRankRoundRobin: true,
  enableDump: false,
  dumpDir: null,
};

const PLACEMENTS: Record<ServerRole, PlacementSettings> = {
  prefill: PLACEMENT,
  decode: PLACEMENT,
  mixed: { ...PLACEMENT, enabled: false },
};

const SETTINGS: Record<ServerRole, Omit<RoleSettings, 'engineSettings'>> = {
  prefill: {
    maxModelLen: 32_000,
    maxNumSeqs: 16,
    maxNumBatchedTokens: 30_000,
    gpuUtil: 0.92,
    extraArgs: [],
    env: {},
    unsetEnv: [],
  },
  decode: {
    maxModelLen: 32_000,
    maxNumSeqs: 32,
    maxNumBatchedTokens: null,
    gpuUtil: 0.92,
    extraArgs: [],
    env: {},
    unsetEnv: [],
  },
  mixed: {
    maxModelLen: 4096,
    maxNumSeqs: 128,
    maxNumBatchedTokens: 20_000,
    gpuUtil: 0.9,
    extraArgs: [],
    env: {},
    unsetEnv: [],
  },
};

function fakeGroup(role: ServerRole, group: FakeGroup, ordinal: number): Group {
  const isPrefill = role === 'prefill';
  return {
    name: `group${ordinal + 1}`,
    role,
    ordinal,
    hosts: group.hosts.map((address) => ({
      address,
      login: LOGIN,
      masterPort: group.masterPort ?? (isPrefill ? 8000 + ordinal : 8100 + ordinal),
      baseApiPort: group.baseApiPort ?? (isPrefill ? 9000 + ordinal : 9100),
      dies: group.dies ?? [0, 1, 2, 3],
      settings: fakeSettings(role, group.settings),
      ...group.overrides?.[address],
    })),
    settings: fakeSettings(role, group.settings),
  };
}

/** Settings of a role: its defaults but for what is given. */
export function fakeSettings(role: ServerRole, settings: FakeSettings = {}): RoleSettings {
  const { engineSettings, ...keys } = settings;
  const own = { ...ownSettings(role), ...(engineSettings as Partial<OmniRoleSettings> | undefined) };
  const isOwn = (key: string) => Object.hasOwn(own, key);
  const given = Object.entries(keys);
  return {
    ...SETTINGS[role],
    ...Object.fromEntries(given.filter(([key]) => !isOwn(key))),
    engineSettings: { ...own, ...Object.fromEntries(given.filter(([key]) => isOwn(key))) },
  };
}

export const ARGUMENTS: EngineArguments = {
  dtype: null,
  load_format: null,
  enable_chunked_prefill: null,
  speculative_config: {},
  reasoning_parser: null,
  reasoning_config: {},
  enable_auto_tool_choice: false,
  tool_call_parser: null,
  tool_parser_plugin: null,
  chat_template: null,
  kv_events_config: {},
};

function ownSettings(role: ServerRole): OmniRoleSettings {
  return {
    modelPath: null,
    tp: null,
    pp: 1,
    ppLayerPartition: null,
    numServers: null,
    numSpeculativeTokens: 1,
    enforceEager: role !== 'decode',
    enableExpertParallel: role !== 'mixed',
    enablePrefixCaching: role === 'mixed' ? null : false,
    disableLogRequests: true,
    blockSize: 128,
    distributedExecutorBackend: null,
    rayPort: null,
    rayMinWorkerPort: null,
    rayMaxWorkerPort: null,
    zmqPort: null,
    arguments: ARGUMENTS,
    procBind: false,
    kvTransferConfig: {},
    prependEnv: {},
    extraConfig: {},
    additionalConfig: {},
    placement: PLACEMENTS[role],
  };
}
