import type { Deployment } from '../../../deployment/deployment.ts';
import type { Reasoned } from '../../../topology/reasoned.ts';
import { omniProxySettings } from '../settings.ts';
import { omniProxyOptions } from './omniProxyOptions.ts';

/** Why each argument of omni_proxy.sh is what it is, after its lists of servers. */
export function omniProxyReasons(deployment: Deployment): Readonly<Record<string, Reasoned>> {
  const { coreNum, startCoreIndex, streamOps } = omniProxySettings(deployment.proxy!);
  return {
    core_num: { value: coreNum, because: 'deployment.proxy.core_num' },
    start_core_index: { value: startCoreIndex, because: 'deployment.proxy.start_core_index' },
    stream_ops: { value: streamOps, because: 'deployment.proxy.stream_ops' },
    ...omniProxyOptions(deployment),
  };
}
