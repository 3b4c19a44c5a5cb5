import type { Json, JsonObject } from '../deployment/deployment.ts';
import type { ImportedCluster, ImportedInstance } from './cluster.ts';

/** The cluster with every path on this machine as `absolute` gives it: the result may lie in another folder. */
export function withLocalPaths(cluster: ImportedCluster, absolute: (path: string) => string): ImportedCluster {
  const mend = <T extends JsonObject>(map: T): T =>
    Object.fromEntries(
      Object.entries(map).map(([key, value]): [string, Json] => [
        key,
        (key === 'private_key' || key === 'code_path') && typeof value === 'string' ? absolute(value) : value,
      ]),
    ) as T;
  const instance = (each: ImportedInstance): ImportedInstance => ({
    ...each,
    hosts: each.hosts.map((host) => ({ ...host, login: mend(host.login) })),
  });
  return {
    ...cluster,
    prefill: cluster.prefill.map(instance),
    decode: cluster.decode.map(instance),
    proxy: cluster.proxy === null ? null : { ...cluster.proxy, login: mend(cluster.proxy.login) },
    services: mend(cluster.services),
  };
}
