import type { Flag } from './flag.ts';

type RouterFlag = Flag & { readonly append?: true };

const POLICIES = ['random', 'round_robin', 'cache_aware', 'power_of_two', 'consistent_hash'];
const number: RouterFlag = { type: 'int' };
const fraction: RouterFlag = { type: 'float' };
const text: RouterFlag = { type: 'text' };
const words: RouterFlag = { type: 'text', many: true };
const off: RouterFlag = { type: 'switch' };
const policy: RouterFlag = { type: 'text', choices: POLICIES };

/** Options of vllm-router: those of its source at Prowindy/vllm-router, and what the documentation of vllm-project/router adds. */
export const ROUTER_FLAGS: Readonly<Record<string, RouterFlag>> = {
  '--host': text,
  '--port': number,
  '--worker-urls': words,
  '--policy': policy,
  '--prefill-policy': policy,
  '--decode-policy': policy,
  '--pd-disaggregation': off,
  '--vllm-pd-disaggregation': off,
  '--vllm-discovery-address': text,
  '--kv-connector': { type: 'text', choices: ['nixl', 'mooncake', 'moriio'] },
  '--intra-node-data-parallel-size': number,
  '--prefill': { type: 'text', many: true, append: true },
  '--decode': { type: 'text', many: true, append: true },
  '--worker-startup-timeout-secs': number,
  '--worker-startup-check-interval': number,
  '--cache-threshold': fraction,
  '--balance-abs-threshold': number,
  '--balance-rel-threshold': fraction,
  '--eviction-interval': number,
  '--max-tree-size': number,
  '--max-payload-size': number,
  '--dp-aware': off,
  '--api-key': text,
  '--backend': { type: 'text', choices: ['vllm', 'trtllm', 'openai', 'anthropic'] },
  '--log-dir': text,
  '--log-level': { type: 'text', choices: ['debug', 'info', 'warn', 'error'] },
  '--service-discovery': off,
  '--selector': words,
  '--service-discovery-port': number,
  '--service-discovery-namespace': text,
  '--prefill-selector': words,
  '--decode-selector': words,
  '--prometheus-port': number,
  '--prometheus-host': text,
  '--request-id-headers': words,
  '--request-timeout-secs': number,
  '--max-concurrent-requests': number,
  '--cors-allowed-origins': words,
  '--retry-max-retries': number,
  '--retry-initial-backoff-ms': number,
  '--retry-max-backoff-ms': number,
  '--retry-backoff-multiplier': fraction,
  '--retry-jitter-factor': fraction,
  '--disable-retries': off,
  '--cb-failure-threshold': number,
  '--cb-success-threshold': number,
  '--cb-timeout-duration-secs': number,
  '--cb-window-duration-secs': number,
  '--disable-circuit-breaker': off,
  '--health-failure-threshold': number,
  '--health-success-threshold': number,
  '--health-check-timeout-secs': number,
  '--health-check-interval-secs': number,
  '--health-check-endpoint': text,
  '--enable-igw': off,
  '--model-path': text,
  '--tokenizer-path': text,
  '--history-backend': { type: 'text', choices: ['memory', 'none'] },
};
