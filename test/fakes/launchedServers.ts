import type { Dialect } from '../../src/engines/omni/dialect/dialect.ts';

/** A server that start_api_servers.py starts. */
export interface LaunchedServer {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const SWITCHES = ['no-enable-prefix-caching', 'no-enable-chunked-prefill', 'enable-auto-tool-choice', 'enable-mtp'];
/** Switches and options that it hands on under their names. */
const HANDED_ON_SWITCHES = SWITCHES.filter((name) => name !== 'enable-mtp');
const HANDED_ON = ['reasoning-parser', 'tool-call-parser', 'chat-template', 'tool-parser-plugin', 'dtype'];
const DEFAULTS: Readonly<Record<string, string>> = {
  'server-offset': '0',
  'block-size': '128',
  tp: '1',
  pp: '1',
  'distributed-executor-backend': 'None',
  'load-format': 'auto',
  'num-speculative-tokens': '1',
  'gpu-util': '0.9',
};

/** Servers that start_api_servers.py of a snapshot starts for these arguments, as its recorded starts show. */
export function launchedServers(argv: readonly string[], { flags }: Dialect): readonly LaunchedServer[] {
  const given = { ...DEFAULTS, ...parsed(argv) };
  const has = (name: string) => flags['start_api_servers.py']?.includes(`--${name}`) === true;
  const numServers = Number(given['num-servers']);
  return Array.from({ length: numServers }, (_, i) => {
    const rank = String(i + Math.floor(Number(given['server-offset']) / Number(given.tp)));
    return {
      argv: serverArgv(given, Number(given['base-api-port']) + i, has),
      env: {
        VLLM_DP_SIZE: given['num-dp'] ?? String(numServers),
        VLLM_DP_RANK: rank,
        VLLM_DP_RANK_LOCAL: rank,
        VLLM_DP_MASTER_IP: given['master-ip']!,
        VLLM_DP_MASTER_PORT: given['master-port']!,
      },
    };
  });
}

type Given = Readonly<Record<string, string>>;

function serverArgv(given: Given, port: number, has: (name: string) => boolean): readonly string[] {
  const option = (flag: string, value: string | undefined) => (value === undefined ? [] : [`--${flag}`, value]);
  const backend = given['distributed-executor-backend'];
  const tokens = Number(given['num-speculative-tokens']);
  return [
    'serve',
    given['model-path']!,
    '--trust-remote-code',
    ...option('gpu-memory-utilization', given['gpu-util']),
    ...option('block_size', given['block-size']),
    ...option('tensor-parallel-size', given.tp),
    ...(has('pp') ? option('pipeline-parallel-size', given.pp) : []),
    ...option('data-parallel-size', '1'),
    ...option('data-parallel-size-local', '1'),
    ...option('data-parallel-address', given['master-ip']),
    ...option('data-parallel-rpc-port', given['master-port']),
    ...option('port', String(port)),
    ...option('served-model-name', given['served-model-name']),
    ...option('max-model-len', given['max-model-len']),
    ...(has('load-format') ? option('load-format', given['load-format']) : []),
    ...(backend === 'None' ? [] : option('distributed-executor-backend', backend)),
    ...('enable-mtp' in given
      ? option('speculative_config', JSON.stringify({ method: 'deepseek_mtp', num_speculative_tokens: tokens }))
      : []),
    ...option('kv-transfer-config', given['kv-transfer-config']),
    ...(given['extra-args'] ?? '').split(/\s+/).filter((word) => word !== ''),
    ...option('additional-config', given['additional-config']),
    ...HANDED_ON.flatMap((name) => option(name, given[name])),
    ...HANDED_ON_SWITCHES.flatMap((name) => (name in given ? [`--${name}`] : [])),
  ];
}

function parsed(argv: readonly string[]): Given {
  const found: Record<string, string> = {};
  for (let i = 0; i < argv.length; i++) {
    const name = argv[i]!.slice(2).replace('gpu-memory-utilization', 'gpu-util');
    if (SWITCHES.includes(name)) found[name] = '';
    else found[name] = argv[++i]!;
  }
  return found;
}
