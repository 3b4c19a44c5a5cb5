import type { Json, JsonObject } from '../deployment/deployment.ts';
import { isMap } from '../files/maps.ts';
import type { ImportedCluster, ImportedHost, ImportedInstance } from './cluster.ts';
import { deploymentText } from './deploymentText.ts';
import type { Leftover } from './foreignDocument.ts';

const PLACEHOLDERS = {
  docker_image: { value: 'REPOSITORY:TAG', says: 'the image to run' },
  model_path: { value: '/data/models/DeepSeek-R1-w8a8-fusion', says: "the template's own; put yours" },
} as const;

/** The deployment file of an imported cluster: what hosts have in common is said once, what has no place stands in a comment. */
export function assembleDeployment(cluster: ImportedCluster, files: readonly string[]): string {
  const comments: Record<string, string> = { ...cluster.comments };
  const instances = [...cluster.prefill, ...cluster.decode];
  const logins = [
    ...instances.flatMap(({ hosts }) => hosts.map(({ login }) => login)),
    ...(cluster.proxy ? [cluster.proxy.login] : []),
  ];
  const dies = [...new Set(instances.flatMap(({ hosts }) => hosts.map((host) => host.dies)))];
  const shared: JsonObject = {
    ...common(logins),
    ...(dies.length === 1 ? { ascend_rt_visible_devices: dies[0]! } : {}),
  };
  const values: JsonObject = {
    deployment: {
      ...(Object.keys(shared).length === 0 ? {} : { defaults: shared }),
      prefill: groups(cluster.prefill, 'prefill', shared, comments),
      decode: groups(cluster.decode, 'decode', shared, comments),
      ...(cluster.proxy === null
        ? {}
        : {
            proxy: {
              host: cluster.proxy.address,
              ...without(cluster.proxy.login, shared),
              listen_port: cluster.proxy.listenPort,
              ...numbered(cluster.proxy.keys),
            },
          }),
    },
    services: services(cluster, comments),
  };
  if (Object.keys(shared).length > 0) comments['deployment.defaults'] = 'what all hosts have in common';
  return deploymentText(header(cluster, files), values, comments);
}

function header({ format, notes, leftovers }: ImportedCluster, files: readonly string[]): string[] {
  return [
    `Imported by omniplace from ${files.join(' and ')} (${format}).`,
    'Look at it with `omniplace validate`, `explain` and `render`; nothing is touched before `omniplace serve`.',
    ...(notes.length === 0 ? [] : ['', ...notes]),
    ...(leftovers.length === 0
      ? []
      : ['', 'What has no place here:', ...leftovers.map((leftover) => `  ${leftoverText(leftover)}`)]),
  ];
}

/** `inventory.yml:12: all.vars.etcd_port: 6000 - why it has no place` */
export function leftoverText({ file, line, path, value, because }: Leftover): string {
  const shown = value === null ? '' : `: ${value}`;
  return `${line === null ? file : `${file}:${line}`}: ${path}${shown} - ${because}`;
}

function groups(
  instances: readonly ImportedInstance[],
  role: 'prefill' | 'decode',
  shared: JsonObject,
  comments: Record<string, string>,
): JsonObject {
  const settings = commonSettings(instances.map((instance) => instance.settings));
  const named = instances.map((instance, i): [string, Json] => {
    const name = instance.group ?? `group${i + 1}`;
    comments[`deployment.${role}.${name}`] = instance.hosts.map((host) => host.name).join(', ');
    return [name, { ...group(instance.hosts, shared), ...beyond(instance.settings, settings) }];
  });
  return Object.fromEntries(named);
}

/** The group says what its master has; a `host <ip>` block says what differs from it. */
function group(hosts: readonly ImportedHost[], shared: JsonObject): JsonObject {
  const keysOf = (host: ImportedHost): JsonObject => ({
    ...host.login,
    master_port: host.masterPort,
    base_api_port: host.baseApiPort,
    ascend_rt_visible_devices: host.dies,
  });
  const [master] = hosts;
  if (master === undefined) return {};
  const own = keysOf(master);
  const blocks = hosts
    .slice(1)
    .map((host): [string, JsonObject] => [`host ${host.address}`, { ...without(keysOf(host), own), ...host.settings }]);
  return {
    hosts: hosts.map((host) => host.address).join(','),
    ...without(own, shared),
    ...Object.fromEntries(blocks.filter(([, keys]) => Object.keys(keys).length > 0)),
  };
}

function services(cluster: ImportedCluster, comments: Record<string, string>): JsonObject {
  const { prefill, decode, container, ssh, ...others } = cluster.services;
  const role = (said: Json | undefined, instances: readonly ImportedInstance[]) =>
    numbered({ ...((said ?? {}) as JsonObject), ...commonSettings(instances.map(({ settings }) => settings)) });
  for (const key of ['docker_image', 'model_path'] as const) {
    if (others[key] === undefined) comments[`services.${key}`] = `not in the original: ${PLACEHOLDERS[key].says}`;
  }
  const generation = others.generation === undefined ? 'v0.3' : others.generation;
  if (generation !== null)
    comments['services.generation'] ??=
      generation === 'v0.3'
        ? 'placement by the extra-config file, as in the original; v0.6 takes it from --additional-config'
        : 'placement by --additional-config, as in the original';
  const parts: JsonObject = { prefill: role(prefill, cluster.prefill), decode: role(decode, cluster.decode) };
  return {
    ...(generation === null ? {} : { generation }),
    docker_image: others.docker_image ?? PLACEHOLDERS.docker_image.value,
    model_path: others.model_path ?? PLACEHOLDERS.model_path.value,
    ...Object.fromEntries(
      Object.entries(others).filter(([key]) => !['generation', 'docker_image', 'model_path'].includes(key)),
    ),
    ...(container === undefined ? {} : { container }),
    ...(ssh === undefined ? {} : { ssh }),
    ...Object.fromEntries(Object.entries(parts).filter(([, keys]) => Object.keys(keys as JsonObject).length > 0)),
  };
}

/** Entries that all have, with the same value. */
function common(maps: readonly JsonObject[]): JsonObject {
  const [first, ...others] = maps;
  return Object.fromEntries(
    Object.entries(first ?? {}).filter(([key, value]) =>
      others.every((other) => JSON.stringify(other[key]) === JSON.stringify(value)),
    ),
  );
}

/** Likewise, and of maps the entries that all have: a group's are merged into those of its role. */
function commonSettings(maps: readonly JsonObject[]): JsonObject {
  const whole = common(maps);
  const parts = Object.entries(maps[0] ?? {}).flatMap(([key, value]): [string, Json][] => {
    const others = maps.map((map) => map[key]);
    if (key in whole || !isMap(value) || !others.every(isMap)) return [];
    const shared = common(others as JsonObject[]);
    return Object.keys(shared).length === 0 ? [] : [[key, shared]];
  });
  return { ...whole, ...Object.fromEntries(parts) };
}

/** What is not among the common settings. */
function beyond(map: JsonObject, shared: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(without(map, shared)).map(([key, value]): [string, Json] => {
      const ofAll = shared[key];
      return [key, isMap(value) && isMap(ofAll) ? without(value as JsonObject, ofAll as JsonObject) : value];
    }),
  );
}

function without(map: JsonObject, said: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(map).filter(([key, value]) => JSON.stringify(said[key]) !== JSON.stringify(value)),
  );
}

/** Whole numbers in quotes become numbers. */
function numbered(map: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(map).map(([key, value]) => [
      key,
      typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value,
    ]),
  );
}
