import type { Deployment } from '../../../deployment/deployment.ts';
import { type OmniProxySettings, omniProxySettings } from '../settings.ts';
import { flagOfKey, givenOptions } from './omniProxyOptions.ts';

/** What the proxy is started by, and what it can't be started without. */
export interface NeededFlags {
  readonly script: 'global_proxy.sh' | 'omni_proxy.sh';
  /** Arguments, and the key that each carries. */
  readonly flags: ReadonlyMap<string, string>;
}

const OF_BOTH = [
  ['--listen-port', 'listen_port'],
  ['--log-file', 'services.log_path'],
  ['--core-num', 'core_num'],
  ['--start-core-index', 'start_core_index'],
] as const;

export function proxyFlags(deployment: Deployment): NeededFlags {
  const proxy = omniProxySettings(deployment.proxy!);
  const shared = [...OF_BOTH, ...flagsOfSet(proxy)];
  if (!proxy.useOmniProxy) {
    const flags = [
      ['--prefill-servers-list', 'deployment.prefill'],
      ['--decode-servers-list', 'deployment.decode'],
      ['--prefill-lb-sdk', 'prefill_lb_sdk'],
      ['--decode-lb-sdk', 'decode_lb_sdk'],
    ] as const;
    return { script: 'global_proxy.sh', flags: new Map([...shared, ...flags]) };
  }
  const flags = [
    ['--prefill-endpoints', 'deployment.prefill'],
    ['--decode-endpoints', 'deployment.decode'],
    ...givenOptions(proxy.omniProxy).map((key) => [flagOfKey(key), `deployment.proxy.${key}`] as const),
  ] as const;
  return { script: 'omni_proxy.sh', flags: new Map([...shared, ...flags]) };
}

/** Options that the script does without unless they are set. */
function flagsOfSet({ accessLogFile, streamOps }: OmniProxySettings): (readonly [string, string])[] {
  return [
    ...(accessLogFile === null ? [] : [['--access-log-file', 'deployment.proxy.access_log_file'] as const]),
    ...(streamOps === 'off' ? [] : [['--stream-ops', 'deployment.proxy.stream_ops'] as const]),
  ];
}
