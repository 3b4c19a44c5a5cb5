import type { JsonObject } from '../deployment/deployment.ts';
import { addressFault } from './addressFault.ts';
import type { ImportedCluster, ImportedHost, ImportedInstance, ImportedProxy } from './cluster.ts';
import { type ForeignDocument, ForeignFileError, type Path } from './foreignDocument.ts';
import { diesOf, portOf } from './hostValues.ts';
import { gatherInstances, type Member } from './instances.ts';
import { type InventoryHost, readInventory } from './inventory.ts';
import { differentFromLayout, type ImportedLayout } from './layoutArguments.ts';
import { ansibleLogin } from './login.ts';
import { loginNotes, noLoginNotes, sshLeftovers, sshServices } from './loginNotes.ts';
import type { PlaybookSettings } from './playbook.ts';

const UNKNOWN = 'omniplace knows no such variable';
const VERSIONED: readonly string[] = ['etcd_port', 'mooncake_master_port', 'mooncake_metrics_port'];

/** Why a variable of the templates needs no place. */
const NO_PLACE: Readonly<Record<string, string>> = {
  etcd_port: 'only the LMCache connector starts etcd, and omniplace does not run it',
  mooncake_master_port: 'only the LMCache connector starts mooncake, and omniplace does not run it',
  mooncake_metrics_port: 'only the LMCache connector starts mooncake, and omniplace does not run it',
  ansible_python_interpreter: 'omniplace needs no Python on the hosts',
  ansible_become_password: 'omniplace becomes root by sudo without a password',
  ansible_become_pass: 'omniplace becomes root by sudo without a password',
  ansible_become_user: 'omniplace becomes root, and no other user',
  ansible_become_method: 'omniplace becomes root by sudo, and by no other program',
  ansible_connection: 'omniplace reaches every host by SSH',
  global_port_base: 'no host uses it',
  base_api_port: 'no host uses it',
  proxy_port: 'no host uses it',
  P: 'no host uses it',
  D: 'no host uses it',
};

const WITHOUT_PLAYBOOK = [
  "The inventory alone does not say image, model and paths: they are the templates' own. Give the playbook with --env to take them from it.",
];

/** An inventory of OmniInfer's Ansible template, and what its playbook sets, where that is given. */
export function importAnsible(document: ForeignDocument, playbook: PlaybookSettings | null): ImportedCluster {
  const { hosts, problems } = readInventory(document);
  const reader = new HostReader(document);
  const prefill = gatherInstances(hosts.prefill.map((host) => reader.member(host, 'prefill')));
  const decode = gatherInstances(hosts.decode.map((host) => reader.member(host, 'decode')));
  const [first, ...others] = hosts.proxy;
  const proxy = first === undefined ? null : reader.proxy(first, playbook);
  for (const other of others) document.leave(other.path, 'a deployment has one proxy');
  for (const path of allVarsPaths(document))
    for (const name of VERSIONED) document.leave([...path, name], NO_PLACE[name]!);
  const { found, missing } = reader;
  if (problems.length + missing.length > 0) throw new ForeignFileError([...problems, ...missing].join('\n'));
  return {
    format: 'an Ansible inventory',
    prefill: prefill.map((instance) => ({ ...instance, settings: {} })),
    decode: decode.map((instance) => ({ ...instance, settings: {} })),
    proxy,
    services: { ...withoutOwnSize(playbook?.services ?? {}, prefill), ...sshServices(found) },
    comments: playbook?.comments ?? {},
    notes: [...loginNotes(found), ...(playbook?.notes ?? WITHOUT_PLAYBOOK)],
    leftovers: [
      ...document.leftovers((name) => NO_PLACE[name] ?? UNKNOWN),
      ...sshLeftovers(document.file, found),
      ...(playbook?.leftovers ?? []),
      ...differentFromLayout(playbook?.literals ?? [], layoutOf(playbook?.services ?? {}, prefill, decode)),
    ],
  };
}

function layoutOf(
  services: JsonObject,
  prefill: ImportedLayout['prefill'],
  decode: ImportedLayout['decode'],
): ImportedLayout {
  const tp = (role: 'prefill' | 'decode') => {
    const value = ((services[role] ?? {}) as JsonObject).tp;
    return typeof value === 'number' ? value : null;
  };
  const logPath = typeof services.log_path === 'string' ? services.log_path : null;
  return { prefill, decode, logPath, tp: { prefill: tp('prefill'), decode: tp('decode') } };
}

/** The tensor parallel size of prefill is its dies without a key. Scripts compute it for a host, or for all of an instance. */
function withoutOwnSize(services: JsonObject, prefill: readonly Pick<ImportedInstance, 'hosts'>[]): JsonObject {
  const { tp, ...others } = (services.prefill ?? {}) as JsonObject;
  const isOwn = prefill.every(({ hosts }) => {
    const counts = hosts.map(({ dies }) => dies.split(',').length);
    return tp === counts[0] || tp === counts.reduce((sum, count) => sum + count, 0);
  });
  return tp === undefined || !isOwn ? services : { ...services, prefill: others };
}

/** Hosts of an inventory, and what they lack. */
class HostReader {
  readonly found = noLoginNotes();
  readonly missing: string[] = [];

  constructor(private readonly document: ForeignDocument) {}

  member(host: InventoryHost, role: 'prefill' | 'decode'): Member {
    const member: ImportedHost = {
      name: host.name,
      address: this.#address(host),
      login: ansibleLogin(host, this.found),
      masterPort: portOf(this.#required(host, 'node_port')),
      baseApiPort: portOf(this.#required(host, 'api_port')),
      dies: diesOf(host.get('ascend_rt_visible_devices')),
    };
    const master = host.word('host_ip');
    const kvRank = host.word('kv_rank');
    const rank = host.word('node_rank');
    host.get('role');
    return {
      host: member,
      // two instances may share a machine: then only kv_rank tells them apart
      instance: role === 'prefill' ? (kvRank ?? `${master} ${member.masterPort}`) : (master ?? 'decode'),
      order: kvRank === null ? null : Number(kvRank),
      rank: rank === null ? null : Number(rank),
      master,
    };
  }

  proxy(host: InventoryHost, playbook: PlaybookSettings | null): ImportedProxy {
    for (const variable of ['node_rank', 'role', 'host_ip', 'kv_rank', 'ascend_rt_visible_devices', 'api_port'])
      host.get(variable);
    return {
      name: host.name,
      address: this.#address(host),
      login: ansibleLogin(host, this.found),
      listenPort: portOf(this.#required(host, 'node_port')),
      keys: playbook?.proxy ?? {},
    };
  }

  #address(host: InventoryHost): string {
    const word = this.#required(host, 'ansible_host');
    const fault = addressFault(word, this.#at([...host.path, 'ansible_host']), host.name);
    if (fault !== null) this.missing.push(fault);
    return word;
  }

  #at(path: Path): string {
    const { file } = this.document;
    const line = this.document.lineOf(path);
    return line === null ? file : `${file}:${line}`;
  }

  #required(host: InventoryHost, variable: string): string {
    const word = host.word(variable);
    if (word === null) this.missing.push(`${this.#at(host.path)}: ${host.name} has no ${variable}`);
    return word ?? '';
  }
}

function allVarsPaths(document: ForeignDocument) {
  return [['all', 'vars']].filter((path) => document.peek(path) !== undefined);
}
