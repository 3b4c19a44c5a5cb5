import { posix } from 'node:path';
import { parseDuration } from '../files/durations.ts';
import { commaList } from './commaList.ts';
import type { Deployment, FailurePolicy, Group, GroupHost, ProxyEntry, ServerRole } from './deployment.ts';
import { DEVICES_KEY } from './devicesKey.ts';
import { type Documents, groupLayers, type Layer, mergeLayers, proxyLayers, type Values } from './layers.ts';
import { type LocalRoot, localPath } from './localPath.ts';
import { loginOf, secretSource } from './login.ts';
import type { Services } from './schema.gen.ts';
import { defaultsOf } from './schema.ts';
import { valueAt } from './schemaFaults.ts';
import { numberOrNull, roleSettings } from './settings.ts';
import type { AnySettingsParser } from './settingsParser.ts';
import { blockAddress, groupsOf, hostBlocks } from './writtenGroups.ts';

export interface ResolveContext extends LocalRoot {
  readonly file: string;
  readonly engine: AnySettingsParser;
  /** Local files that match a pattern (absolute); the pattern's order is kept, its matches are sorted. */
  readonly glob: (pattern: string) => readonly string[];
  /** Names of hosts in the file, by address. */
  readonly names: ReadonlyMap<string, string>;
  /** Groups to leave out: something is wrong with them. */
  readonly leaveOut: ReadonlySet<string>;
}

/** The deployment from checked values: every default and precedence applied. */
export function resolveDeployment(documents: Documents, context: ResolveContext): Deployment {
  const written = valueAt(documents.plain, ['services']) as Partial<Services> | undefined;
  const services = { ...defaultsOf(['services']), ...written } as Services;
  const ssh = withDefaults('ssh', services.ssh);
  const container = withDefaults('container', services.container);
  const ready = withDefaults('ready', services.ready);
  const model = withDefaults('model', services.model);
  const local = (path: string) => localPath(path, context);
  return {
    file: context.file,
    directory: context.directory,
    name: services.name ?? nameFromFile(context.file),
    engine: services.engine!,
    engineSettings: context.engine.services(services, { path: local, expand: (path) => expand(local(path), context) }),
    accelerator: services.accelerator!,
    image: services.docker_image,
    imageArchive: services.docker_image_archive === undefined ? null : local(services.docker_image_archive),
    modelPath: services.model_path,
    modelSource: services.model_source === undefined ? null : local(services.model_source),
    model: {
      moeLayers: numberOrNull(model.moe_layers),
      experts: numberOrNull(model.experts),
      topK: numberOrNull(model.top_k),
      firstDenseLayers: numberOrNull(model.first_dense_layers),
    },
    servedModelName: services.served_model_name!,
    logPath: services.log_path!,
    statePath: services.state_path!,
    httpProxy: services.http_proxy || null,
    apiKey: secretSource(services.api_key, context),
    container: {
      namePrefix: container.name_prefix,
      mounts: container.mounts,
      devices: container.devices,
      shmSize: container.shm_size,
      flags: container.flags,
    },
    ssh: {
      hostKeys: ssh.host_keys,
      knownHosts: local(ssh.known_hosts),
      become: ssh.become,
      connectTimeoutMs: parseDuration(ssh.connect_timeout)!,
    },
    ready: {
      prefillMs: parseDuration(ready.prefill)!,
      decodeMs: parseDuration(ready.decode)!,
      mixedMs: parseDuration(ready.mixed)!,
      noProgressMs: parseDuration(ready.no_progress)!,
    },
    failure: failurePolicy(services),
    prefill: groups('prefill', documents, services.log_path!, ssh, context),
    decode: groups('decode', documents, services.log_path!, ssh, context),
    mixed: groups('mixed', documents, services.log_path!, ssh, context),
    proxy: proxy(documents, ssh, context),
  };
}

function failurePolicy(services: Services): FailurePolicy {
  const written = String(services.max_fail);
  const fatal = services.any_errors_fatal;
  return {
    onFailure: services.on_failure!,
    maxFail: written.endsWith('%') ? { percent: Number(written.slice(0, -1)) } : Number(written),
    anyErrorsFatal: fatal === undefined ? null : fatal === true ? 'all' : fatal === false ? [] : fatal,
  };
}

type Part = 'ssh' | 'container' | 'ready' | 'model';

function withDefaults<K extends Part>(part: K, said: Services[K]): Required<NonNullable<Services[K]>> {
  return { ...defaultsOf(['services', part]), ...said } as Required<NonNullable<Services[K]>>;
}

function groups(
  role: ServerRole,
  documents: Documents,
  logPath: string,
  ssh: Values,
  context: ResolveContext,
): readonly Group[] {
  return groupsOf(documents.plain)
    .filter((group) => group.role === role && !context.leaveOut.has(group.layer.path.join('.')))
    .map(({ name, layer }, ordinal) => {
      const addresses = commaList(layer.values.hosts);
      const layersOf = addresses.map((address) =>
        valuesOf(groupLayers(documents, role, name, blockOf(layer, address))),
      );
      const numDies = layersOf.reduce((sum, layers) => sum + diesOf(mergeLayers(layers)).length, 0);
      const place = { role, group: name, numDies, logPath, local: (path: string) => localPath(path, context) };
      const settingsOf = (layers: readonly Values[]) => roleSettings(layers, place, context.engine);
      return {
        name,
        role,
        ordinal,
        hosts: addresses.map((address, i) => {
          const layers = layersOf[i]!;
          return { ...groupHost(address, mergeLayers(layers), ssh, context), settings: settingsOf(layers) };
        }),
        settings: settingsOf(valuesOf(groupLayers(documents, role, name, null))),
      };
    });
}

/** Name of the `host <ip>` block of a group's host. */
function blockOf(group: Layer, address: string): string | null {
  const block = hostBlocks(group).find(({ path }) => blockAddress(path.at(-1)!) === address);
  return block?.path.at(-1) ?? null;
}

function groupHost(address: string, said: Values, ssh: Values, context: ResolveContext): Omit<GroupHost, 'settings'> {
  return {
    address,
    ...nameOf(address, context),
    login: loginOf(said, ssh, context),
    masterPort: Number(said.master_port ?? 0),
    baseApiPort: Number(said.base_api_port),
    dies: diesOf(said),
  };
}

function nameOf(address: string, { names }: ResolveContext): { readonly name?: string } {
  const name = names.get(address);
  return name === undefined ? {} : { name };
}

function diesOf(said: Values): readonly number[] {
  return commaList(said[DEVICES_KEY]).map(Number);
}

function proxy(documents: Documents, ssh: Values, context: ResolveContext): ProxyEntry | null {
  if (valueAt(documents.plain, ['deployment', 'proxy']) === undefined) return null;
  const said = mergeLayers([defaultsOf(['deployment', 'proxy']), ...valuesOf(proxyLayers(documents))]);
  return {
    host: String(said.host),
    ...nameOf(String(said.host), context),
    login: loginOf(said, ssh, context),
    listenPort: Number(said.listen_port),
    engineSettings: context.engine.proxy(said),
  };
}

function valuesOf(layers: readonly Layer[]): readonly Values[] {
  return layers.map(({ values }) => values);
}

function expand(path: string, { glob }: ResolveContext): readonly string[] {
  if (!/[*?[]/.test(path)) return [path];
  const matches = [...glob(path)].sort();
  return matches.length === 0 ? [path] : matches;
}

/** `deploy/My cluster.yml` is called `My-cluster`: names stand in labels, paths and container names. */
export function nameFromFile(file: string): string {
  const base = posix.basename(file).replace(/\.[^.]*$/, '');
  return base.replaceAll(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'cluster';
}
