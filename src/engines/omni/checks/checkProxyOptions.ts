import type { Deployment } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import type { Positions } from '../../../deployment/positions.ts';
import { defaultsOf } from '../../../deployment/schema.ts';
import type { Topology } from '../../../topology/topology.ts';
import { instanceList } from '../proxy/instanceList.ts';
import { givenOptions } from '../proxy/omniProxyOptions.ts';
import { omniProxySettings } from '../settings.ts';

type Found = readonly [key: string, severity: Fault['severity'], message: string, hint: string];

/** Settings of the proxy that have no effect together, or with which omni_proxy would not start. */
export function checkProxyOptions(deployment: Deployment, topology: Topology, position: Positions): readonly Fault[] {
  if (deployment.proxy === null) return [];
  const { useOmniProxy } = omniProxySettings(deployment.proxy);
  const found = useOmniProxy
    ? [...balanceKeys(deployment), ...groupsOf(deployment, topology), ...unusedPrefill(deployment)]
    : optionsWithoutProxy(deployment);
  return found.map(([key, severity, message, hint]) => {
    const path = `deployment.proxy.${key}`;
    return { code: 'engine_value', severity, message, hint, file: deployment.file, path, ...position(path) };
  });
}

function optionsWithoutProxy({ proxy }: Deployment): readonly Found[] {
  return givenOptions(omniProxySettings(proxy!).omniProxy).map((key) => [
    key,
    'warning',
    `${key} has no effect: global_proxy.sh has no such option.`,
    'Set use_omni_proxy: true, or remove it.',
  ]);
}

function balanceKeys({ proxy }: Deployment): readonly Found[] {
  const { prefillLbSdk, decodeLbSdk } = omniProxySettings(proxy!);
  const defaults = defaultsOf(['deployment', 'proxy']);
  const written = { prefill_lb_sdk: prefillLbSdk, decode_lb_sdk: decodeLbSdk };
  return Object.entries(written)
    .filter(([key, value]) => value !== defaults[key])
    .map(([key]) => [
      key,
      'warning',
      `${key} has no effect: omni_proxy.sh has no such option.`,
      'Remove it; omni_proxy_schedule_algo is how omni_proxy schedules.',
    ]);
}

function* unusedPrefill({ proxy }: Deployment): Generator<Found> {
  if (omniProxySettings(proxy!).omniProxy.omni_proxy_pd_policy !== 'aggregation') return;
  yield [
    'omni_proxy_pd_policy',
    'warning',
    'With aggregation, prefill servers get no requests.',
    'Use sequential or parallel, or servers that do both (deployment.mixed).',
  ];
}

const GROUP_KEYS = { prefill: 'omni_proxy_prefill_groups', decode: 'omni_proxy_decode_groups' } as const;

/** All servers have to be in groups, and the same groups on both sides: otherwise nginx does not start. */
function* groupsOf({ proxy }: Deployment, topology: Topology): Generator<Found> {
  const { omniProxy } = omniProxySettings(proxy!);
  const [prefill, decode] = [groups(omniProxy[GROUP_KEYS.prefill]), groups(omniProxy[GROUP_KEYS.decode])];
  if (prefill === null && decode === null) return;
  if (prefill === null || decode === null) {
    const [given, missing] =
      prefill === null ? [GROUP_KEYS.decode, GROUP_KEYS.prefill] : [GROUP_KEYS.prefill, GROUP_KEYS.decode];
    yield [given, 'error', `omni_proxy does not start with only ${given}.`, `Set ${missing} too.`];
    return;
  }
  for (const [role, list] of [
    ['prefill', prefill],
    ['decode', decode],
  ] as const) {
    const servers = instanceList(topology).flatMap((one) => (one.role === role ? one.servers : [])).length;
    const counted = list.reduce((sum, { count }) => sum + count, 0);
    if (counted !== servers)
      yield [
        GROUP_KEYS[role],
        'error',
        `${GROUP_KEYS[role]} has ${counted} servers in groups; the deployment has ${servers} ${role} servers.`,
        'Every server has to be in a group, in the order in which `omniplace explain` lists them.',
      ];
  }
  const [ofPrefill, ofDecode] = [idsOf(prefill), idsOf(decode)];
  if (ofPrefill !== ofDecode)
    yield [
      GROUP_KEYS.decode,
      'error',
      `Prefill servers are in groups ${ofPrefill}, decode servers in ${ofDecode}.`,
      'Both need the same groups, or omni_proxy does not start.',
    ];
}

function groups(text: unknown): readonly { readonly id: number; readonly count: number }[] | null {
  if (typeof text !== 'string') return null;
  return text.split(',').map((pair) => {
    const [id, count] = pair.split(':').map(Number);
    return { id: id!, count: count! };
  });
}

function idsOf(list: readonly { readonly id: number }[]): string {
  return [...new Set(list.map(({ id }) => id))].sort((a, b) => a - b).join(', ');
}
