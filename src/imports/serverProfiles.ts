import type { Json, JsonObject } from '../deployment/deployment.ts';
import { addressFault } from './addressFault.ts';
import type { ImportedCluster, ImportedHost, ImportedInstance, ImportedProxy } from './cluster.ts';
import { type ForeignDocument, ForeignFileError, type Leftover, type Path } from './foreignDocument.ts';
import { diesOf, portOf } from './hostValues.ts';
import { gatherInstances, type Member } from './instances.ts';
import { type InventoryHost, readInventory } from './inventory.ts';
import { ansibleLogin } from './login.ts';
import { loginNotes, noLoginNotes, sshLeftovers, sshServices } from './loginNotes.ts';
import { ownVariables } from './ownVariables.ts';
import { Profile } from './profile.ts';
import { noteContradictions } from './profileContradictions.ts';
import { profilePrefix } from './profilePrefix.ts';
import { profileProxy } from './profileProxy.ts';
import { type ProfiledInstance, profileSettings } from './profileSettings.ts';
import { pythonTruth } from './truth.ts';

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
    leftovers: [...document.leftovers(reasonOf), ...sshLeftovers(document.file, found), ...leftovers],
  };
}

function reasonOf(name: string, path: Path): string {
  const group = path.indexOf('vars');
  const isProfile = group >= 0 && ['env', 'args'].includes(String(path[group + 1]));
  return isProfile ? 'omni_cli reads env and args of hosts only' : (NO_PLACE[name] ?? 'omniplace knows no such key');
}

type Role = 'prefill' | 'decode';
type Hosts = Readonly<Record<Role | 'proxy', readonly InventoryHost[]>>;

/** Hosts with their profiles, and what they lack or leave over. */
class ProfileReader {
  readonly found = noLoginNotes();
  readonly missing: string[] = [];
  readonly leftovers: Leftover[] = [];
  readonly #all: readonly InventoryHost[];
  readonly #profiles: ReadonlyMap<string, Profile>;

  constructor(
    private readonly document: ForeignDocument,
    private readonly hosts: Hosts,
  ) {
    this.#all = [...hosts.prefill, ...hosts.decode, ...hosts.proxy];
    const notes = { document, problems: this.missing, leftovers: this.leftovers };
    this.#profiles = new Map(this.#all.map((host) => [host.name, new Profile(host, notes)]));
  }

  /** The settings of an instance are its master's; another host's own variables are the host's. */
  instances(role: Role): ImportedInstance[] {
    const { prefill, decode } = this.#gathered();
    const decodeTp = this.#tp(decode[0]?.hosts[0]);
    return (role === 'prefill' ? prefill : decode).map((instance, ordinal) => {
      const about: Omit<ProfiledInstance, 'onHost' | 'firstDie'> = {
        role,
        rank: role === 'prefill' ? ordinal : prefill.length + ordinal,
        parallelSize: decodeTp,
        numDies: sum(instance.hosts.map(numDies)),
        modelPath: this.#modelPath(),
      };
      const made = instance.hosts.map((host, nodeRank) => {
        const firstDie = sum(instance.hosts.slice(0, nodeRank).map(numDies));
        return profileSettings(
          this.#profiles.get(host.name)!,
          { ...about, onHost: numDies(host), firstDie },
          ownVariables({
            role,
            host,
            master: instance.hosts[0]!,
            firstDie,
            tp: this.#tp(instance.hosts[0]),
            kvRank: about.rank,
            numPrefill: prefill.length,
            decode: decode.map(({ hosts }) => hosts.map(({ address }) => address)),
            logPath: this.#logPath(),
          }),
        );
      });
      const hosts = instance.hosts.map((host, i) =>
        i === 0 ? host : { ...host, settings: this.#ownEnv(host.name, made[i]!, made[0]!) },
      );
      noteContradictions(instance.hosts, this.#profiles);
      return { ...instance, hosts, settings: made[0]! };
    });
  }

  #gathered() {
    const of = (role: Role) => gatherInstances(this.hosts[role].map((host) => this.#member(host, role)));
    return { prefill: of('prefill'), decode: of('decode') };
  }

  #tp(host: ImportedHost | undefined): number {
    return Number((host && this.#profiles.get(host.name)!.arg('tp')) ?? 1);
  }

  /** Variables that a host sets otherwise than its master. */
  #ownEnv(name: string, made: JsonObject, master: JsonObject): JsonObject {
    const [env, ofMaster] = [made.env ?? {}, master.env ?? {}] as [JsonObject, JsonObject];
    const keys = [...new Set([...Object.keys(made), ...Object.keys(master)])].filter(
      (key) => key !== 'env' && JSON.stringify(made[key]) !== JSON.stringify(master[key]),
    );
    for (const key of keys)
      this.#leave(
        `${name}.${key}`,
        made[key] ?? null,
        "another than its master's: the ranks of an instance share theirs",
        this.document.lineOf(this.#all.find((host) => host.name === name)!.path),
      );
    const own = Object.entries(env).filter(([key, value]) => ofMaster[key] !== value);
    const missing = Object.keys(ofMaster).filter((key) => !(key in env));
    const differing: JsonObject = {
      ...Object.fromEntries(own),
      ...Object.fromEntries(missing.map((key) => [key, null])),
    };
    return Object.keys(differing).length === 0 ? {} : { env: differing };
  }

  proxy(): ImportedProxy | null {
    const [host, ...others] = this.hosts.proxy;
    if (host === undefined) return null;
    const profile = this.#profiles.get(host.name)!;
    for (const name of ['master_node', 'host_ip', 'ascend_rt_visible_devices']) host.get(name);
    const proxy = {
      name: host.name,
      address: this.#address(host),
      login: ansibleLogin(host, this.found),
      listenPort: portOf(
        profile.arg('listen-port') ?? profile.env('PROXY_NODE_PORT') ?? profile.env('API_PORT') ?? '7000',
      ),
      keys: profileProxy(profile, {
        usesOmniProxy: pythonTruth(host.get('use_omni_proxy')),
        modelPath: this.#modelPath(),
      }),
    };
    for (const other of others) this.document.leave(other.path, 'a deployment has one proxy');
    return proxy;
  }

  services(): Readonly<Record<string, Json>> {
    const servers = [...this.hosts.prefill, ...this.hosts.decode];
    const env = (name: string) => this.#one(`env.${name}`, this.#all, (_, profile) => profile.env(name));
    const modelPath = this.#modelPath();
    const logPath = this.#logPath();
    const services: Record<string, Json | null> = {
      docker_image: this.#one('DOCKER_IMAGE_ID', this.#all, (host) => host.word('DOCKER_IMAGE_ID')),
      model_path: modelPath,
      log_path: logPath,
      http_proxy: env('HTTP_PROXY'),
      served_model_name: this.#one('served-model-name', servers, (_, profile) => profile.arg('served-model-name')),
    };
    const prefix = profilePrefix(this.hosts);
    if (prefix !== null) for (const host of this.#all) host.get('container_name');
    return {
      // as the image has it
      generation: null,
      launcher: 'api_servers',
      ...Object.fromEntries(Object.entries(services).filter((entry): entry is [string, Json] => entry[1] !== null)),
      ...(prefix === null ? {} : { container: { name_prefix: prefix } }),
    };
  }

  /** Of the first server that names one. */
  #modelPath(): string | null {
    const paths = [...this.hosts.prefill, ...this.hosts.decode].map((host) => {
      const profile = this.#profiles.get(host.name)!;
      return profile.arg('model-path') ?? profile.env('MODEL_PATH');
    });
    return paths.find((path) => path !== null && path !== '') ?? null;
  }

  #logPath(): string | null {
    const paths = this.#all.map((host) => this.#profiles.get(host.name)!.env('LOG_PATH'));
    return paths.find((path) => path !== null && path !== '') ?? null;
  }

  #member(host: InventoryHost, role: Role): Member {
    const profile = this.#profiles.get(host.name)!;
    const masterNode = host.word('master_node') ?? host.name;
    const known = this.#all.find((each) => each.name === masterNode || each.word('ansible_host') === masterNode);
    if (known === undefined) {
      const line = host.lineOf('master_node');
      const { file } = this.document;
      this.missing.push(
        `${line === null ? file : `${file}:${line}`}: master_node of ${host.name}: no host ${masterNode}`,
      );
    }
    const master = known?.word('ansible_host') ?? masterNode;
    host.get('host_ip');
    const kvRank = profile.env('KV_RANK');
    const port = (name: string, variable: string) =>
      portOf(this.#required(profile.arg(name) ?? profile.env(variable), host, variable));
    return {
      host: {
        name: host.name,
        address: this.#address(host),
        login: ansibleLogin(host, this.found),
        masterPort: port('master-port', 'MASTER_PORT'),
        baseApiPort: port('base-api-port', 'API_PORT'),
        dies: diesOf(host.get('ascend_rt_visible_devices')),
      },
      // prefill servers over several hosts are one by ray; decode servers meet at the address that they are given
      instance: role === 'prefill' ? masterNode : (profile.arg('master-ip') ?? master),
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
    const values = hosts.map((host) => [read(host, this.#profiles.get(host.name)!), host] as const);
    const given = new Map(values.filter(([value]) => value !== null && value !== '').reverse());
    const [first, ...others] = [...new Set(values.map(([value]) => value))].filter((value) => given.has(value));
    for (const other of others) {
      const { path } = given.get(other)!;
      const line = [[...path, 'args', what], [...path, ...what.split('.')], path].map((each) =>
        this.document.lineOf(each),
      );
      this.#leave(what, other, `the cluster has one; ${first} was taken`, line.find((each) => each !== null) ?? null);
    }
    return first ?? null;
  }

  #address(host: InventoryHost): string {
    const word = this.#required(host.word('ansible_host'), host, 'ansible_host');
    const { file } = this.document;
    const line = this.document.lineOf([...host.path, 'ansible_host']);
    const fault = addressFault(word, line === null ? file : `${file}:${line}`, host.name);
    if (fault !== null) this.missing.push(fault);
    return word;
  }

  #required(value: string | null, host: InventoryHost, what: string): string {
    if (value === null) this.missing.push(`${this.document.file}: ${host.name} has no ${what}`);
    return value ?? '';
  }

  #leave(path: string, value: unknown, because: string, line: number | null): void {
    this.leftovers.push({ file: this.document.file, line, path, value: JSON.stringify(value), because });
  }
}

function numDies({ dies }: ImportedHost): number {
  return dies.split(',').length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
