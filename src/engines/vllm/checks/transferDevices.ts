import type { Deployment } from '../../../deployment/deployment.ts';
import type { Facts, RdmaFacts } from '../../../facts/facts.ts';
import { isMap } from '../../../files/maps.ts';
import type { ServerNode, Topology } from '../../../topology/topology.ts';
import type { Refusal } from '../../engine.ts';
import { vllmRoleSettings } from '../vllmSettings.ts';

const NODES = '/dev/infiniband';
/** The driver of Amazon's network devices. */
const EFA = 'efa';

type On = (message: string, hint: string) => Refusal;

/** Network devices by which key-value caches go from host to host: where there are none, or none that is up, they go by TCP. */
export function transferDevices(deployment: Deployment, topology: Topology, facts: Facts): readonly Refusal[] {
  const nodes = topology.nodes.filter((node): node is ServerNode => node.role === 'prefill' || node.role === 'decode');
  const byHost = new Map(nodes.map((node) => [node.host, node]));
  const known = [...byHost.values()].flatMap((node) => {
    const host = facts[node.host];
    const rdma = host?.reachable === true ? host.machine.rdma : undefined;
    return rdma === undefined ? [] : [{ node, rdma }];
  });
  const absent = known.flatMap(({ node, rdma }) => absentNodes(deployment, node, rdma));
  // caches stay on the host
  if (byHost.size === 1) return absent;
  const numUp = known.filter(({ rdma }) => rdma.ports.some(isActive)).length;
  const slow = known.flatMap(({ node, rdma }) => {
    const on: On = (message, hint) => ({ severity: 'warning', host: node.host, message, hint });
    return rdma.ports.some(isActive) ? upProblems(node, rdma, on) : downProblems(rdma, numUp, on);
  });
  return [...absent, ...slow];
}

/** docker ends where a device that it is to give does not exist. */
function absentNodes(
  { container: { devices, flags } }: Deployment,
  node: ServerNode,
  rdma: RdmaFacts,
): readonly Refusal[] {
  if (rdma.hasNodes || ![...devices, ...flags].some((word) => word.includes(NODES))) return [];
  const message = `services.container gives ${node.name} ${NODES}, which is not on the host: docker can't start it`;
  return [{ host: node.host, message, hint: 'load the driver of its devices, such as mlx5_ib, or remove it' }];
}

function downProblems(rdma: RdmaFacts, numUp: number, on: On): readonly Refusal[] {
  if (rdma.ports.length > 0)
    return [
      on(
        `no port of ${devicesOf(rdma.ports)} is active: key-value caches go over by TCP`,
        'see whether it is cabled: rdma link, or ibstat, on the host',
      ),
    ];
  if (numUp === 0) return [];
  return [
    on(
      `no InfiniBand or RoCE device is on the host, and ${numUp === 1 ? 'another one has some' : `${numUp} others have some`}: key-value caches go over by TCP`,
      'load the driver of its devices, such as mlx5_ib',
    ),
  ];
}

function upProblems({ name, settings }: ServerNode, rdma: RdmaFacts, on: On): readonly Refusal[] {
  const { kvConnector, kvTransferConfig } = vllmRoleSettings(settings);
  const extra = kvTransferConfig.kv_connector_extra_config;
  const up = rdma.ports.filter(isActive);
  if (!rdma.hasNodes)
    return [
      on(
        `${devicesOf(up)} can't be used by ${name}, as the host has no ${NODES}: key-value caches go over by TCP`,
        'load the kernel module ib_uverbs on the host',
      ),
    ];
  if (
    kvConnector === 'NixlConnector' &&
    up.some(({ driver }) => driver === EFA) &&
    !(isMap(extra) && 'backends' in extra)
  )
    return [
      on(
        `${name} hands its cache over by UCX, which was seen to fail on EFA devices such as ${up[0]!.device}`,
        'set kv_transfer_config: {kv_connector_extra_config: {backends: [LIBFABRIC]}} for prefill and decode',
      ),
    ];
  if (kvConnector === 'MooncakeConnector' && !rdma.peerMemory && !('WITH_NVIDIA_PEERMEM' in settings.env))
    return [
      on(
        `Mooncake of ${name} needs the kernel module nvidia-peermem, which is not loaded`,
        'modprobe nvidia-peermem on the host, or set env: {WITH_NVIDIA_PEERMEM: "0"} where the driver has dma-buf',
      ),
    ];
  return [];
}

function isActive({ state }: RdmaFacts['ports'][number]): boolean {
  return state === 'ACTIVE';
}

function devicesOf(ports: RdmaFacts['ports']): string {
  return [...new Set(ports.map(({ device }) => device))].join(', ');
}
