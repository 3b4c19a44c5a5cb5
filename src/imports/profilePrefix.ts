import { containerPrefix } from './containerPrefix.ts';
import type { InventoryHost } from './inventory.ts';

type Group = 'prefill' | 'decode' | 'proxy';

/** Of container names such as `me_prefill_p0`; null: they are not of that form, or of several prefixes. */
export function profilePrefix(hosts: Readonly<Record<Group, readonly InventoryHost[]>>): string | null {
  const names = (group: Group) =>
    hosts[group].map((host) => {
      const name = host.word('container_name');
      return name?.endsWith(`_${group}_${host.name}`) ? name.slice(0, -host.name.length - 1) : null;
    });
  const [prefill, decode, proxy] = [names('prefill'), names('decode'), names('proxy')];
  const same = (list: readonly (string | null)[]) => (new Set(list).size === 1 ? list[0] : null);
  return containerPrefix({ prefill: same(prefill), decode: same(decode), proxy: same(proxy.slice(0, 1)) });
}
