import type { Json } from '../deployment/deployment.ts';

import type { ImportedCluster, ImportedProxy } from './cluster.ts';
import { containerPrefix } from './containerPrefix.ts';
import { type ForeignDocument, ForeignFileError, type Leftover } from './foreignDocument.ts';
import { diesOf, portOf } from './hostValues.ts';
import { gatherInstances, type Member } from './instances.ts';
import { type InventoryHost, readInventory } from './inventory.ts';
import { ansibleLogin, type LoginNotes, PasswordPlaces } from './login.ts';
import { loginNotes, sshLeftovers, sshServices } from './loginNotes.ts';
import { Profile } from './profile.ts';
import { profileSettings, proxyLeftovers } from './profileSettings.ts';

/** omni_cli's server_profiles.yml: an inventory whose hosts carry the environment and arguments of their server. */
export function importServerProfiles(document: ForeignDocument): ImportedCluster {
  const { hosts, problems } = readInventory(document);
  const found: LoginNotes = { trustsNew: false, becomesRoot: false, passwords: new PasswordPlaces(), others: [] };
  const missing: string[] = [];
  const leftovers: Leftover[] = [];
  const all = [...hosts.prefill, ...hosts.decode, ...hosts.proxy];
  const said = new Map(all.map((host) => [host.name, new Profile(host)]));
  const required = (value: string | null, host: InventoryHost, what: string): string => {
    if (value === null) missing.push(`${document.file}: ${host.name} has no ${what}`);
    return value ?? '';
  };
  const addressOf = (name: string) => all.find((host) => host.name === name)?.word('ansible_host') ?? name;
  const memberOf =
    (role: 'prefill' | 'decode') =>
    (host: InventoryHost): Member => {
      const profile = said.get(host.name)!;
      const master = addressOf(host.word('master_node') ?? host.name);
      host.get('host_ip');
      const kvRank = profile.env('KV_RANK');
      const port = (name: string, variable: string) => profile.arg(name) ?? profile.env(variable);
      return {
        host: {
          name: host.name,
          address: required(host.word('ansible_host'), host, 'ansible_host'),
          login: ansibleLogin(host, found),
          masterPort: portOf(required(port('master-port', 'MASTER_PORT'), host, 'MASTER_PORT')),
          baseApiPort: portOf(required(port('base-api-port', 'API_PORT'), host, 'API_PORT')),
          dies: diesOf(host.get('ascend_rt_visible_devices')),
        },
        // a master's name tells its instance; every node without one is its own master
        instance: role === 'prefill' ? (host.word('master_node') ?? host.name) : master,
        order: kvRank !== null && /^\d+$/.test(kvRank) ? Number(kvRank) : null,
        rank: null,
        master,
      };
    };
  const withSettings = (role: 'prefill' | 'decode') =>
    gatherInstances(hosts[role].map(memberOf(role))).map((instance) => {
      const settings = instance.hosts.map(({ name }) => {
        const made = profileSettings(said.get(name)!, role, document, leftovers);
        return { name, made };
      });
      const [master, ...others] = settings;
      for (const { name, made } of others) {
        if (JSON.stringify(made) === JSON.stringify(master!.made)) continue;
        const because = `other settings than its master ${master!.name}'s: the ranks of an instance share theirs`;
        leftovers.push({ file: document.file, line: null, path: name, value: JSON.stringify(made), because });
      }
      return { ...instance, settings: master!.made };
    });
  const prefill = withSettings('prefill');
  const decode = withSettings('decode');
  const proxy = proxyOf(hosts.proxy, said, found, required);
  for (const host of hosts.proxy.slice(0, 1)) leftovers.push(...proxyLeftovers(said.get(host.name)!, document));
  for (const other of hosts.proxy.slice(1)) document.leave(other.path, 'a deployment has one proxy');
  const one = (what: string, values: readonly (string | null)[]): string | null => {
    const different = [...new Set(values.filter((value) => value !== null && value !== ''))];
    for (const other of different.slice(1)) {
      leftovers.push({
        file: document.file,
        line: null,
        path: what,
        value: JSON.stringify(other),
        because: `the cluster has one; ${different[0]} was taken`,
      });
    }
    return different[0] ?? null;
  };
  const env = (name: string) =>
    one(
      `env.${name}`,
      all.map((host) => said.get(host.name)!.env(name)),
    );
  const servers = [...hosts.prefill, ...hosts.decode];
  const services: Record<string, Json | null> = {
    docker_image: one(
      'DOCKER_IMAGE_ID',
      all.map((host) => host.word('DOCKER_IMAGE_ID')),
    ),
    model_path: one(
      'model-path',
      servers.map((host) => said.get(host.name)!.arg('model-path') ?? said.get(host.name)!.env('MODEL_PATH')),
    ),
    code_path: env('CODE_PATH'),
    log_path: env('LOG_PATH'),
    http_proxy: env('HTTP_PROXY'),
    served_model_name: one(
      'served-model-name',
      servers.map((host) => said.get(host.name)!.arg('served-model-name')),
    ),
  };
  const prefix = prefixOf(hosts);
  if (prefix !== null) for (const host of all) host.get('container_name');
  if (problems.length + missing.length > 0) throw new ForeignFileError([...problems, ...missing].join('\n'));
  return {
    format: "omni_cli's server profiles",
    prefill,
    decode,
    proxy,
    services: {
      generation: 'v0.6',
      ...Object.fromEntries(Object.entries(services).filter(([, value]) => value !== null)),
      ...(prefix === null ? {} : { container: { name_prefix: prefix } }),
      ...sshServices(found),
    },
    comments: {},
    notes: loginNotes(found),
    leftovers: [
      ...document.leftovers((name) => NO_PLACE[name] ?? 'omniplace knows no such key'),
      ...sshLeftovers(document.file, found),
      ...leftovers,
    ],
  };
}

const NO_PLACE: Readonly<Record<string, string>> = {
  container_name:
    "the containers' names are not of the form PREFIX_prefill_p0; services.container.name_prefix is the whole cluster's",
  model_name: 'it only chose the defaults that stand in env and args',
};

function proxyOf(
  [host]: readonly InventoryHost[],
  said: ReadonlyMap<string, Profile>,
  found: LoginNotes,
  required: (value: string | null, host: InventoryHost, what: string) => string,
): ImportedProxy | null {
  if (host === undefined) return null;
  const profile = said.get(host.name)!;
  for (const name of ['master_node', 'host_ip', 'ascend_rt_visible_devices']) host.get(name);
  const key = (name: string, ...from: readonly string[]) => {
    const value = from
      .map((each) => profile.arg(each) ?? profile.env(each))
      .find((each) => each !== null && each !== '');
    return value === undefined || value === null ? {} : { [name]: value };
  };
  return {
    name: host.name,
    address: required(host.word('ansible_host'), host, 'ansible_host'),
    login: ansibleLogin(host, found),
    listenPort: portOf(
      profile.arg('listen-port') ?? profile.env('PROXY_NODE_PORT') ?? profile.env('API_PORT') ?? '7000',
    ),
    keys: {
      ...key('prefill_lb_sdk', 'prefill-lb-sdk', 'PREFILL_LB_SDK'),
      ...key('decode_lb_sdk', 'decode-lb-sdk', 'DECODE_LB_SDK'),
      ...key('core_num', 'core-num', 'GLOBAL_PROXY_CORE_NUM'),
      ...key('start_core_index', 'start-core-index', 'GLOBAL_PROXY_START_CORE_INDEX'),
    },
  };
}

/** Of names such as `me_prefill_p0`; null: they are not of that form, or of several prefixes. */
function prefixOf(hosts: Readonly<Record<'prefill' | 'decode' | 'proxy', readonly InventoryHost[]>>): string | null {
  const names = (role: 'prefill' | 'decode' | 'proxy') =>
    hosts[role].map((host) => {
      const name = host.word('container_name');
      return name?.endsWith(`_${role}_${host.name}`) ? name.slice(0, -host.name.length - 1) : null;
    });
  const [prefill, decode, proxy] = [names('prefill'), names('decode'), names('proxy')];
  const same = (list: readonly (string | null)[]) => (new Set(list).size === 1 ? list[0] : null);
  return containerPrefix({ prefill: same(prefill), decode: same(decode), proxy: same(proxy.slice(0, 1)) });
}
