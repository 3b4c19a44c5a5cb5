import { lstat, mkdir, open, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Deployment } from '../../deployment/deployment.ts';
import { masked, plainSecrets } from '../../deployment/plainSecrets.ts';
import { filesOf } from '../../engines/artifact.ts';
import type { DesiredNode, Unknown } from '../../engines/desired.ts';
import type { DesiredFile } from '../../engines/desiredFile.ts';
import { type UsedDialect, usedDialect } from '../../engines/dialectReader.ts';
import type { LocalInputs } from '../../engines/inputs.ts';
import { UserError } from '../../errors/userError.ts';
import { type Facts, type HostFacts, type ReachedHost, UNKNOWN_MACHINE } from '../../facts/facts.ts';
import { sha256 } from '../../files/digests.ts';
import { parseLoosely } from '../../files/parseJson.ts';
import { quote } from '../../shell/quote.ts';
import { buildClusterView } from '../cluster/clusterView.ts';
import { type EarlierManifest, EarlierManifestShape } from './render.gen.ts';

/** What `render` wrote, and what it could not make. */
export interface RenderManifest {
  readonly renderedBy: 'omniplace';
  readonly cluster: string;
  /** What the start scripts are written for; null: it does not matter. */
  readonly dialect: UsedDialect | null;
  readonly files: readonly RenderedFile[];
  readonly missing: readonly MissingPart[];
  readonly nodes: Readonly<Record<string, RenderedNode>>;
}

interface RenderedFile {
  /** Below the output folder: `<host>/<path on host>`. */
  readonly file: string;
  readonly host: string;
  /** Absolute, on the host. */
  readonly path: string;
  readonly node: string;
  /** Octal. */
  readonly mode: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Facts that were missing: `unknown(fact, host)` stands for them in the text. */
  readonly unknown: readonly string[];
}

interface MissingPart {
  readonly node: string;
  readonly part: Unknown['blocks'];
  readonly why: string;
  readonly fact: string;
  /** Of which it is not known; null: it stands on this machine. */
  readonly host: string | null;
}

interface RenderedNode {
  readonly host: string;
  /** As it can be typed on the host. */
  readonly dockerRun: string;
  /** What runs in the container. */
  readonly server: string;
  readonly log: string;
}

const MANIFEST = 'manifest.json';

/**
 * Writes everything a deployment puts on its hosts to `out/<host>/<path>`, with a manifest. Without facts too: what needs
 * them is left out, or marked in the text, and named in the manifest.
 * @throws UserError `bad_out_folder` when `out` holds something that render did not write
 */
export async function render(
  deployment: Deployment,
  inputs: LocalInputs,
  facts: Facts,
  out: string,
): Promise<RenderManifest> {
  const folder = resolve(out);
  await clear(folder);
  const { desired, engine, topology } = buildClusterView(deployment, inputs, facts);
  const reader = engine.dialect?.(deployment) ?? null;
  const completed = buildClusterView(deployment, inputs, withPlaceholders(topology.hosts, facts)).desired;

  const files: RenderedFile[] = [];
  for (const node of Object.values(completed.nodes)) {
    const known = new Set(filesOf(desired.nodes[node.node]!).map((file) => `${file.path} ${file.sha256}`));
    for (const file of filesOf(node)) {
      await write(folder, node.host, file);
      files.push(renderedFile(node, file, known.has(`${file.path} ${file.sha256}`)));
    }
  }
  const manifest: RenderManifest = {
    renderedBy: 'omniplace',
    cluster: deployment.name,
    dialect: reader === null ? null : usedDialect(reader, inputs, facts),
    files,
    missing: completed.unknown.map(({ node, blocks, fact, of, host }) => ({
      node,
      part: blocks,
      why: of === 'host' ? `${fact} of ${host} is not known` : `${fact} does not exist on this machine`,
      fact,
      host: of === 'host' ? host : null,
    })),
    nodes: Object.fromEntries(Object.values(completed.nodes).map((node) => [node.node, renderedNode(node)])),
  };
  const shown = masked(manifest, plainSecrets(deployment));
  await writeInside(folder, join(folder, MANIFEST), `${JSON.stringify(shown, null, 2)}\n`, 0o644);
  return shown;
}

/** `--device-ips`: `{host: {die: ip}}`, as facts that know nothing else. */
export function factsOfDeviceIps(deviceIps: Readonly<Record<string, Readonly<Record<string, string>>>>): Facts {
  return Object.fromEntries(Object.entries(deviceIps).map(([address, ips]) => [address, bareHost(address, ips)]));
}

function renderedFile(node: DesiredNode, file: DesiredFile, isWhole: boolean): RenderedFile {
  return {
    file: `${node.host}${file.path}`,
    host: node.host,
    path: file.path,
    node: node.node,
    mode: `0${file.mode.toString(8)}`,
    sha256: file.sha256,
    sizeBytes: file.sizeBytes,
    unknown: isWhole ? [] : ['interfaceName'],
  };
}

function renderedNode(node: DesiredNode): RenderedNode {
  const { container, server } = node;
  return { host: node.host, dockerRun: quote(container.run), server: quote(server.argv), log: server.log };
}

/** A name that no interface has stands where none is known, so that start scripts can be read all the same. */
function withPlaceholders(hosts: readonly { readonly address: string }[], facts: Facts): Facts {
  return Object.fromEntries(
    hosts.map(({ address }): [string, HostFacts] => {
      const found = facts[address];
      const host = found?.reachable ? found : bareHost(address, {});
      return [address, { ...host, interfaceName: host.interfaceName ?? `unknown(interfaceName, ${address})` }];
    }),
  );
}

function bareHost(address: string, deviceIps: Readonly<Record<string, string>>): ReachedHost {
  return {
    reachable: true,
    address,
    hostname: address,
    kernel: '',
    arch: '',
    clock: { epochS: 0, aheadMs: 0 },
    docker: { state: 'absent', reason: null, version: null, images: {}, containers: [] },
    deviceIps,
    interfaceName: null,
    tools: { rsync: false, python3: false, sha256sum: false },
    paths: {},
    digests: {},
    texts: {},
    freeBytes: {},
    listening: [],
    processes: [],
    stoppedPids: [],
    codeEdits: [],
    dumps: {},
    holdings: {},
    machine: UNKNOWN_MACHINE,
  };
}

/** Leaves an empty folder: removes what the manifest of an earlier render lists, and nothing else. */
async function clear(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = await readdir(folder);
  if (names.length === 0) return;
  const earlier = await earlierManifest(folder);
  if (earlier === null) {
    throw badFolder(`${folder} is not empty, and holds no ${MANIFEST} of an earlier render`);
  }
  for (const { file } of earlier.files) {
    const path = join(folder, file);
    if (await isInside(folder, dirname(path))) await rm(path, { force: true });
  }
  await rm(join(folder, MANIFEST));
}

async function earlierManifest(folder: string): Promise<EarlierManifest | null> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => null);
  return parseLoosely(text, EarlierManifestShape);
}

async function write(folder: string, host: string, file: DesiredFile): Promise<void> {
  if ('hostPath' in file.content) throw new Error(`${file.path} is kept by its host alone`);
  const content = 'text' in file.content ? file.content.text : await readFile(file.content.localPath);
  const digest = sha256(content);
  if (digest !== file.sha256) throw new Error(`${file.path} changed while it was being rendered`);
  const path = join(folder, host, file.path);
  if (!path.startsWith(`${join(folder, host)}${sep}`)) throw badFolder(`${file.path} would lie outside of ${folder}`);
  await writeInside(folder, path, content, file.mode);
}

async function writeInside(folder: string, path: string, content: string | Buffer, mode: number): Promise<void> {
  await makeFolders(folder, dirname(path));
  await rm(path, { force: true });
  const handle = await open(path, 'wx', mode);
  try {
    await handle.writeFile(content);
    await handle.chmod(mode);
  } finally {
    await handle.close();
  }
}

/** Folder by folder: a symbolic link on the way must not lead a file out. */
async function makeFolders(folder: string, path: string): Promise<void> {
  const names = relative(folder, path).split(sep).filter(Boolean);
  for (const [i] of names.entries()) {
    const each = join(folder, ...names.slice(0, i + 1));
    await mkdir(each).catch(ignoreExisting);
    if (!(await lstat(each)).isDirectory()) {
      throw badFolder(`${each} is no folder; through a symbolic link files could leave ${folder}`);
    }
  }
}

function badFolder(message: string): UserError {
  return new UserError('bad_out_folder', message, { hint: 'Name a new folder.' });
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

async function isInside(folder: string, path: string): Promise<boolean> {
  const [outer, inner] = await Promise.all([realpath(folder), realpath(path).catch(() => null)]);
  return inner !== null && (inner === outer || inner.startsWith(`${outer}${sep}`));
}
