import type { Deployment, Group } from '../../../deployment/deployment.ts';
import type { Reasoned } from '../../../topology/reasoned.ts';
import { omniProxySettings } from '../settings.ts';

/** Why each argument of global_proxy.sh is what it is, after its lists of servers. */
export function proxyReasons({ proxy, prefill, decode }: Deployment): Readonly<Record<string, Reasoned>> {
  if (proxy === null) return {};
  const { prefillLbSdk, decodeLbSdk, coreNum, startCoreIndex } = omniProxySettings(proxy);
  return {
    prefill_lb_sdk: reasoned(prefillLbSdk, 'deployment.proxy.prefill_lb_sdk'),
    decode_lb_sdk: reasoned(decodeLbSdk, 'deployment.proxy.decode_lb_sdk'),
    core_num: reasoned(coreNum, 'deployment.proxy.core_num'),
    start_core_index: reasoned(startCoreIndex, 'deployment.proxy.start_core_index'),
    prefill_max_num_seqs: limitOf(prefill),
    decode_max_num_seqs: limitOf(decode),
  };
}

function limitOf([first]: readonly Group[]): Reasoned {
  const { role, settings } = first!;
  return reasoned(
    settings.maxNumSeqs,
    `equal to max_num_seqs of the ${role} servers, or the proxy would queue where they would not`,
  );
}

function reasoned(value: Reasoned['value'], because: string): Reasoned {
  return { value, because };
}
