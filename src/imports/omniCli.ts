import type { JsonObject } from '../deployment/deployment.ts';
import type { ImportedCluster, ImportedHost, ImportedInstance, ImportedLogin, ImportedProxy } from './cluster.ts';
import { type ForeignDocument, ForeignFileError, isObject, type Path } from './foreignDocument.ts';
import { diesOf, portOf } from './hostValues.ts';
import { PasswordPlaces } from './login.ts';
import { loginNotes, noLoginNotes } from './loginNotes.ts';

const NO_PLACE: Readonly<Record<string, string>> = {
  log_path_in_executor: 'logs stay on the hosts until a command fetches them to where you name',
  local_code_path: 'omni_cli did not read it either: the code comes from code_path',
};

/** omni_cli's omni_infer_deployment.yml or .json. */
export function importOmniCli(document: ForeignDocument): ImportedCluster {
  const file = new OmniCliFile(document);
  const prefill = file.instances('prefill');
  const decode = file.instances('decode');
  const proxy = file.proxy();
  const services = file.services();
  if (file.missing.length > 0) throw new ForeignFileError([...new Set(file.missing)].join('\n'));
  return {
    format: "omni_cli's deployment file",
    prefill,
    decode,
    proxy,
    services,
    comments: {},
    notes: loginNotes({ ...noLoginNotes(), trustsNew: true, passwords: file.passwords }),
    leftovers: document.leftovers((name) => NO_PLACE[name] ?? 'omni_cli did not read it either'),
  };
}

/** What is taken from it, and what it lacks. */
class OmniCliFile {
  readonly missing: string[] = [];
  readonly passwords = new PasswordPlaces();

  constructor(private readonly document: ForeignDocument) {}

  instances(role: 'prefill' | 'decode'): ImportedInstance[] {
    let index = 0;
    return Object.entries((this.document.peek(['deployment', role]) ?? {}) as object)
      .filter(([, value]) => isObject(value))
      .map(([group]) => {
        const path = ['deployment', role, group];
        const addresses = this.#required([...path, 'hosts']).split(',');
        const hosts = addresses.map((address) => this.#host(path, address.trim(), `${role[0]}${index++}`));
        return { group, settings: {}, hosts };
      });
  }

  proxy(): ImportedProxy {
    const path = ['deployment', 'proxy'];
    return {
      name: 'c0',
      address: this.#required([...path, 'host']),
      login: this.#login(path),
      listenPort: portOf(this.#required([...path, 'listen_port'])),
      keys: {},
    };
  }

  services(): JsonObject {
    const said = (...path: string[]) => {
      const value = this.#word(['services', ...path]);
      return value === null || value === '' ? {} : { [path.at(-1)!]: value };
    };
    return {
      generation: 'v0.3',
      ...said('docker_image'),
      ...said('model_path'),
      ...said('code_path'),
      ...said('log_path'),
      ...said('http_proxy'),
      // it checked no host keys
      ssh: { host_keys: 'accept-new' },
      prefill: said('prefill', 'max_model_len'),
      decode: said('decode', 'max_model_len'),
    };
  }

  #host(path: Path, address: string, name: string): ImportedHost {
    const block = [...path, `host ${address}`];
    const either = (key: string) => this.#word([...block, key]) ?? this.#required([...path, key]);
    return {
      name,
      address,
      login: { ...this.#login(path), ...this.#login(block) },
      masterPort: portOf(either('master_port')),
      baseApiPort: portOf(either('base_api_port')),
      dies: diesOf(either('ascend_rt_visible_devices')),
    };
  }

  #login(path: Path): ImportedLogin {
    const user = this.#word([...path, 'user']);
    const key = this.#word([...path, 'private_key']);
    const password = this.document.take([...path, 'password']);
    return {
      ...(user === null ? {} : { user }),
      ...(key === null ? {} : { private_key: key }),
      ...(password === undefined || password === null ? {} : { password: this.passwords.place(password) }),
    };
  }

  #word(path: Path): string | null {
    const value = this.document.take(path);
    return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : null;
  }

  #required(path: Path): string {
    const value = this.#word(path);
    if (value === null) this.missing.push(`${this.document.file}: ${path.join('.')} is missing`);
    return value ?? '';
  }
}
