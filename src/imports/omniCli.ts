import type { ImportedCluster, ImportedHost, ImportedInstance, ImportedLogin, ImportedProxy } from './cluster.ts';
import { type ForeignDocument, ForeignFileError, isObject, type Path } from './foreignDocument.ts';
import { diesOf, portOf } from './hostValues.ts';
import { PasswordPlaces } from './login.ts';
import { loginNotes } from './loginNotes.ts';

/** omni_cli's omni_infer_deployment.yml or .json. */
export function importOmniCli(document: ForeignDocument): ImportedCluster {
  const missing: string[] = [];
  const passwords = new PasswordPlaces();
  const word = (path: Path): string | null => {
    const value = document.take(path);
    return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : null;
  };
  const required = (path: Path): string => {
    const value = word(path);
    if (value === null) missing.push(`${document.file}: ${path.join('.')} is missing`);
    return value ?? '';
  };
  const loginAt = (path: Path): ImportedLogin => {
    const user = word([...path, 'user']);
    const key = word([...path, 'private_key']);
    const password = document.take([...path, 'password']);
    return {
      ...(user === null ? {} : { user }),
      ...(key === null ? {} : { private_key: key }),
      ...(password === undefined || password === null ? {} : { password: passwords.place(password) }),
    };
  };
  const hostAt = (path: Path, address: string, name: string): ImportedHost => {
    const block = [...path, `host ${address}`];
    const either = (key: string) => word([...block, key]) ?? required([...path, key]);
    return {
      name,
      address,
      login: { ...loginAt(path), ...loginAt(block) },
      masterPort: portOf(either('master_port')),
      baseApiPort: portOf(either('base_api_port')),
      dies: diesOf(either('ascend_rt_visible_devices')),
    };
  };
  const instancesAt = (role: 'prefill' | 'decode'): ImportedInstance[] => {
    let index = 0;
    return Object.entries((document.peek(['deployment', role]) ?? {}) as object)
      .filter(([, value]) => isObject(value))
      .map(([group]) => {
        const path = ['deployment', role, group];
        const hosts = required([...path, 'hosts'])
          .split(',')
          .map((address) => address.trim());
        return { group, settings: {}, hosts: hosts.map((address) => hostAt(path, address, `${role[0]}${index++}`)) };
      });
  };
  const prefill = instancesAt('prefill');
  const decode = instancesAt('decode');
  const proxyPath = ['deployment', 'proxy'];
  const proxy: ImportedProxy = {
    name: 'c0',
    address: required([...proxyPath, 'host']),
    login: loginAt(proxyPath),
    listenPort: portOf(required([...proxyPath, 'listen_port'])),
    keys: {},
  };
  const said = (key: string, path: Path, value = word(path)) =>
    value === null || value === '' ? {} : { [key]: value };
  const services = {
    generation: 'v0.3',
    ...said('docker_image', ['services', 'docker_image']),
    ...said('model_path', ['services', 'model_path']),
    ...said('code_path', ['services', 'code_path']),
    ...said('log_path', ['services', 'log_path']),
    ...said('http_proxy', ['services', 'http_proxy']),
    // it checked no host keys
    ssh: { host_keys: 'accept-new' },
    prefill: said('max_model_len', ['services', 'prefill', 'max_model_len']),
    decode: said('max_model_len', ['services', 'decode', 'max_model_len']),
  };
  if (missing.length > 0) throw new ForeignFileError([...new Set(missing)].join('\n'));
  return {
    format: "omni_cli's deployment file",
    prefill,
    decode,
    proxy,
    services,
    comments: {},
    notes: loginNotes({ trustsNew: true, becomesRoot: false, passwords, others: [] }),
    leftovers: document.leftovers((name) => NO_PLACE[name] ?? 'omni_cli did not read it either'),
  };
}

const NO_PLACE: Readonly<Record<string, string>> = {
  local_code_path: 'omni_cli did not read it either: the code comes from code_path',
};
