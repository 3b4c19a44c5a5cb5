import { acceleratorOf } from '../../../accelerators/index.ts';
import type { Deployment, JsonObject } from '../../../deployment/deployment.ts';
import type { Facts } from '../../../facts/facts.ts';
import { pythonJson } from '../../../rendering/json.ts';
import type { NodePaths } from '../../../topology/paths.ts';
import type { ServerNode, Topology } from '../../../topology/topology.ts';
import type { DesiredFile } from '../../desiredFile.ts';
import { textFile } from '../../desiredFile.ts';
import { rankTablePaths } from '../hostPaths.ts';

const HEAD = { version: '1.0', status: 'completed' } as const;

/** A host's share of an instance, as rank tables speak of it. */
interface RankTableHost {
  readonly address: string;
  /** device_id and device_ip of each die, in the order of ranks. */
  readonly devices: readonly { readonly id: number; readonly ip: string }[];
}

export interface NodeRankTables {
  readonly files: readonly DesiredFile[];
  /** Hosts whose device addresses are missing. */
  readonly missing: readonly string[];
}

/**
 * The files OmniInfer makes with its ranktable tool on the hosts, copied together and merged; here from the facts.
 * What nodes have in common is made once: with 100 hosts all of them together are most of a plan's bytes.
 */
export function rankTables(
  deployment: Deployment,
  topology: Topology,
  facts: Facts,
): (node: ServerNode, paths: NodePaths) => NodeRankTables {
  const tables = topology.instances.map((instance) =>
    instance.group.hosts.map((host) => rankTableHost(host.address, host.dies, deployment, facts)),
  );
  const known = tables.map((hosts) => hosts.filter((host) => host !== null));
  const missing = topology.instances.flatMap((instance, i) =>
    instance.group.hosts.filter((_, j) => tables[i]![j] === null).map((host) => host.address),
  );
  const global = once(() => textFile('', pythonJson(globalTable(known))));
  const merged = known.map((hosts) => once(() => textFile('', pythonJson(mergedTable(hosts)))));
  return (node, paths) => {
    const own = topology.instances[node.instance]!;
    const at = rankTablePaths(node, own, paths);
    const self = tables[node.instance]![node.nodeRank] ?? null;
    const files: DesiredFile[] = [];
    const put = (path: string, table: JsonObject) => files.push(textFile(path, pythonJson(table)));

    if (self) put(at.local, localTable(self));
    if (at.apiServer !== null) put(at.apiServer, apiServerTable(node.host));
    if (self) put(at.hostGlobal, hostGlobalTable(node.role, self));
    if (at.merged !== null && known[node.instance]!.length === own.nodes.length)
      files.push({ ...merged[node.instance]!(), path: at.merged });
    if (missing.length === 0) files.push({ ...global(), path: at.global });
    return { files, missing: [...new Set(missing)] };
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** `local_ranktable_<ip>_<dies>.json` */
function localTable(host: RankTableHost): JsonObject {
  return { ...HEAD, group_id: '0', server_count: '1', server_list: [server(host, 0)] };
}

/** `local_ranktable_<ip>_host.json` */
function apiServerTable(address: string): JsonObject {
  return { ...HEAD, group_id: '0', server_count: '1', server_list: [bareServer(address)] };
}

/** `global_ranktable_<ip>.json`: group 0 schedules, 1 prefills, 2 decodes. */
function hostGlobalTable(role: ServerNode['role'], host: RankTableHost): JsonObject {
  const group = (id: string, entry: JsonObject) => ({ group_id: id, server_count: '1', server_list: [entry] });
  const groups =
    role === 'prefill'
      ? [group('0', bareServer(host.address)), group('1', server(host, 0))]
      : [group('2', server(host, 0))];
  return { ...HEAD, server_group_list: groups };
}

/** `local_ranktable_merge.json`: ranks run on through the hosts; here server_count is a number. */
function mergedTable(hosts: readonly RankTableHost[]): JsonObject {
  return { ...HEAD, group_id: '0', server_count: hosts.length, server_list: servers(hosts) };
}

/** `global_ranktable_merge.json`: one group per instance, prefill first. */
function globalTable(instances: readonly (readonly RankTableHost[])[]): JsonObject {
  return {
    ...HEAD,
    server_group_list: instances.map((hosts, i) => ({
      group_id: String(i),
      server_count: hosts.length,
      server_list: servers(hosts),
    })),
  };
}

function servers(hosts: readonly RankTableHost[]): JsonObject[] {
  let firstRank = 0;
  return hosts.map((host) => {
    const entry = server(host, firstRank);
    firstRank += host.devices.length;
    return entry;
  });
}

function server(host: RankTableHost, firstRank: number): JsonObject {
  return {
    ...bareServer(host.address),
    device: host.devices.map(({ id, ip }, i) => ({
      device_id: String(id),
      device_ip: ip,
      rank_id: String(firstRank + i),
    })),
  };
}

function bareServer(address: string): JsonObject {
  return { server_id: address, server_ip: address };
}

/** null: the facts lack an address. Where dies have no addresses of their own, the host's stands for them. */
function rankTableHost(
  address: string,
  dies: readonly number[],
  deployment: Deployment,
  facts: Facts,
): RankTableHost | null {
  const accelerator = acceleratorOf(deployment.accelerator);
  const found = facts[address];
  const deviceIps = found?.reachable ? found.deviceIps : {};
  const devices: { id: number; ip: string }[] = [];
  for (const id of dies) {
    const ip = accelerator.network === undefined ? address : deviceIps[String(id)];
    if (ip === undefined) return null;
    devices.push({ id, ip });
  }
  return { address, devices };
}
