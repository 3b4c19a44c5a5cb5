import type { Json } from '../deployment/deployment.ts';
import type { ImportedCluster, ImportedInstance, ImportedProxy } from './cluster.ts';
import { containerPrefix } from './containerPrefix.ts';
import { type ForeignDocument, ForeignFileError, type Leftover } from './foreignDocument.ts';
import { diesOf, portOf } from './hostValues.ts';
import { gatherInstances, type Member } from './instances.ts';
import { type InventoryHost, readInventory } from './inventory.ts';
import { ansibleLogin, type LoginNotes, PasswordPlaces } from './login.ts';
import { loginNotes, sshLeftovers, sshServices } from './loginNotes.ts';
import { Profile } from './profile.ts';
import { profileSettings, proxyLeftovers } from './profileSettings.ts';

const NO_PLACE: Readonly<Record<string, string>> = {
  container_name:
    "the containers' names are not of the form PREFIX_prefill_p0; services.container.name_prefix is the whole cluster's",
  model_name: 'it only chose the defaults that stand in env and args',
};

/** omni_cli's server_profiles.yml: an inventory whose hosts carry the environment and arguments of their server. */
export function importServerProfiles(document: ForeignDocument): ImportedCluster {
  const { hosts, problems } = readInventory(document);
  const reader = new ProfileReader(document, hosts);
  const prefill = reader.instances('prefill');
  const decode = reader.instances('decode');
  const proxy = reader.proxy();
  const services = reader.services();
  const { found, missing, leftovers } = reader;
  if (problems.length + missing.length > 0) throw new ForeignFileError([...problems, ...missing].join('\n'));
  return {
    format: "omni_cli's server profiles",
    prefill,
    decode,
    proxy,
    services: { ...services, ...sshServices(found) },
    comments: {},
    notes: loginNotes(found),
    leftovers: [
      ...document.leftovers((name) => NO_PLACE[name] ?? 'omniplace knows no such key'),
      ...sshLeftovers(document.file, found),
      ...leftovers,
    ],
  };
}

type Role = 'prefill' | 'decode';
type Hosts = Readonly<Record<Role | 'proxy', readonly InventoryHost[]>>;

/** Hosts with their profiles, and what they lack or leave over. */
class ProfileReader {
  readonly found: LoginNotes = {
    trustsNew: false,
    becomesRoot: false,
    passwords: new PasswordPlaces(),
    others: [],
    withoutKey: [],
  };
  readonly missing: string[] = [];
  readonly leftovers: Leftover[] = [];
  readonly #all: readonly InventoryHost[];
  readonly #profiles: ReadonlyMap<string, Profile>;

  constructor(
    private readonly document: ForeignDocument,
    private readonly hosts: Hosts,
  ) {
    this.#all = [...hosts.prefill, ...hosts.decode, ...hosts.proxy];
    this.#profiles = new Map(this.#all.map((host) => [host.name, new Profile(host)]));
  }

  /** The settings of an instance are its master's. */
  instances(role: Role): ImportedInstance[] {
    return gatherInstances(this.hosts[role].map((host) => this.#member(host, role))).map((instance) => {
      const settings = instance.hosts.map(({ name }) => ({
        name,
        made: profileSettings(this.#profiles.get(name)!, role, this.document, this.leftovers),
      }));
      const [master, ...others] = settings;
      for (const { name, made } of others) {
        if (JSON.stringify(made) === JSON.stringify(master!.made)) continue;
        const because = `other settings than its master ${master!.name}'s: the ranks of an instance share theirs`;
        this.#leave(name, made, because);
      }
      return { ...instance, settings: master!.made };
    });
  }

  proxy(): ImportedProxy | null {
    const [host, ...others] = this.hosts.proxy;
    if (host === undefined) return null;
    const profile = this.#profiles.get(host.name)!;
    for (const name of ['master_node', 'host_ip', 'ascend_rt_visible_devices']) host.get(name);
    const key = (name: string, ...from: readonly string[]) => {
      const value = from
        .map((each) => profile.arg(each) ?? profile.env(each))
        .find((each) => each !== null && each !== '');
      return value === undefined || value === null ? {} : { [name]: value };
    };
    const proxy = {
      name: host.name,
      address: this.#required(host.word('ansible_host'), host, 'ansible_host'),
      login: ansibleLogin(host, this.found),
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
    this.leftovers.push(...proxyLeftovers(profile, this.document));
    for (const other of others) this.document.leave(other.path, 'a deployment has one proxy');
    return proxy;
  }

  services(): Readonly<Record<string, Json>> {
    const servers = [...this.hosts.prefill, ...this.hosts.decode];
    const env = (name: string) => this.#one(`env.${name}`, this.#all, (_, profile) => profile.env(name));
    const services: Record<string, Json | null> = {
      docker_image: this.#one('DOCKER_IMAGE_ID', this.#all, (host) => host.word('DOCKER_IMAGE_ID')),
      model_path: this.#one(
        'model-path',
        servers,
        (_, profile) => profile.arg('model-path') ?? profile.env('MODEL_PATH'),
      ),
      code_path: env('CODE_PATH'),
      log_path: env('LOG_PATH'),
      http_proxy: env('HTTP_PROXY'),
      served_model_name: this.#one('served-model-name', servers, (_, profile) => profile.arg('served-model-name')),
    };
    const prefix = prefixOf(this.hosts);
    if (prefix !== null) for (const host of this.#all) host.get('container_name');
    return {
      generation: 'v0.6',
      ...Object.fromEntries(Object.entries(services).filter((entry): entry is [string, Json] => entry[1] !== null)),
      ...(prefix === null ? {} : { container: { name_prefix: prefix } }),
    };
  }

  #member(host: InventoryHost, role: Role): Member {
    const profile = this.#profiles.get(host.name)!;
    const masterNode = host.word('master_node') ?? host.name;
    const master = this.#all.find(({ name }) => name === masterNode)?.word('ansible_host') ?? masterNode;
    host.get('host_ip');
    const kvRank = profile.env('KV_RANK');
    const port = (name: string, variable: string) =>
      portOf(this.#required(profile.arg(name) ?? profile.env(variable), host, variable));
    return {
      host: {
        name: host.name,
        address: this.#required(host.word('ansible_host'), host, 'ansible_host'),
        login: ansibleLogin(host, this.found),
        masterPort: port('master-port', 'MASTER_PORT'),
        baseApiPort: port('base-api-port', 'API_PORT'),
        dies: diesOf(host.get('ascend_rt_visible_devices')),
      },
      // a master's name tells its instance; every node without one is its own master
      instance: role === 'prefill' ? masterNode : master,
      order: kvRank !== null && /^\d+$/.test(kvRank) ? Number(kvRank) : null,
      rank: null,
      master,
    };
  }

  /** What the cluster has one of: the first that is given; others are left over. */
  #one(
    what: string,
    hosts: readonly InventoryHost[],
    read: (host: InventoryHost, profile: Profile) => string | null,
  ): string | null {
    const values = hosts.map((host) => read(host, this.#profiles.get(host.name)!));
    const [first, ...others] = new Set(values.filter((value) => value !== null && value !== ''));
    for (const other of others) this.#leave(what, other, `the cluster has one; ${first} was taken`);
    return first ?? null;
  }

  #required(value: string | null, host: InventoryHost, what: string): string {
    if (value === null) this.missing.push(`${this.document.file}: ${host.name} has no ${what}`);
    return value ?? '';
  }

  #leave(path: string, value: unknown, because: string): void {
    this.leftovers.push({ file: this.document.file, line: null, path, value: JSON.stringify(value), because });
  }
}

/** Of names such as `me_prefill_p0`; null: they are not of that form, or of several prefixes. */
function prefixOf(hosts: Hosts): string | null {
  const names = (role: Role | 'proxy') =>
    hosts[role].map((host) => {
      const name = host.word('container_name');
      return name?.endsWith(`_${role}_${host.name}`) ? name.slice(0, -host.name.length - 1) : null;
    });
  const [prefill, decode, proxy] = [names('prefill'), names('decode'), names('proxy')];
  const same = (list: readonly (string | null)[]) => (new Set(list).size === 1 ? list[0] : null);
  return containerPrefix({ prefill: same(prefill), decode: same(decode), proxy: same(proxy.slice(0, 1)) });
}
