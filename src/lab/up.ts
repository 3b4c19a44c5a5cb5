import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostTree } from './base.ts';
import { pruneCache } from './cache.ts';
import { writeLabCode, writeLabWheels } from './code.ts';
import { labDown } from './down.ts';
import { boot, isRunning } from './host.ts';
import { hostFiles, writeHostFiles } from './hostFiles.ts';
import { imageFiles } from './image/contents.ts';
import { type Image, labImage } from './image/image.ts';
import { seedStore, writeStore } from './image/store.ts';
import { LabError } from './labError.ts';
import { withLock } from './lock.ts';
import { lacksSysResource, prepareMachine } from './machine.ts';
import { claimNetwork, hostAddress, layNetwork, MAX_HOSTS, type Network } from './network.ts';
import { labPaths } from './paths.ts';
import { hostReady } from './ready.ts';
import type { Say } from './say.ts';
import { run } from './shell.ts';
import { type LabHost, type LabState, readState, writeState } from './state.ts';

export interface LabRequest {
  readonly name: string;
  readonly numHosts: number;
  readonly numDies: number;
  readonly withImage: boolean;
}

/** Brings a lab up, or finds it up. What fails or is interrupted on the way is taken down again. */
export async function labUp(request: LabRequest, say: Say, signal?: AbortSignal): Promise<LabUp> {
  checkRequest(request);
  await prepareMachine(say, signal);
  const waiting = () => say(`waiting for another command that works on lab '${request.name}'`);
  return withLock(labPaths(request.name).lock, waiting, () => upOrFound(request, say, signal), signal);
}

export interface LabUp {
  readonly state: LabState;
  readonly alreadyUp: boolean;
}

async function upOrFound(request: LabRequest, say: Say, signal: AbortSignal | undefined): Promise<LabUp> {
  const found = readState(request.name);
  if (found !== null && existsSync(`${labPaths(request.name).hosts}/h1`)) {
    checkSame(found, request);
    checkPowered(found);
    await allReady(found, signal);
    return { state: found, alreadyUp: true };
  }
  // left by a machine that was switched off, or by a `lab up` that was killed
  if (await labDown(request.name)) say(`removed what was left of an unfinished lab '${request.name}'`);
  try {
    return { state: await build(request, say, signal), alreadyUp: false };
  } catch (error) {
    await labDown(request.name);
    throw error;
  }
}

async function build(request: LabRequest, say: Say, signal: AbortSignal | undefined): Promise<LabState> {
  const [base, image] = await Promise.all([
    hostTree(say, signal),
    request.withImage ? labImage(imageFiles(), say, signal) : null,
  ]);
  const paths = labPaths(request.name);
  const network = claimNetwork(request.name);
  mkdirSync(paths.run, { recursive: true, mode: 0o700 });
  const state = plannedState(request, network, base, image);
  say(`starting ${request.numHosts} hosts, ${state.hosts[0]!.address} to ${state.hosts.at(-1)!.address}`);
  const [keys] = await Promise.all([
    makeKeys(state, signal),
    makeDisk(paths.disk, paths.hosts, signal),
    layNetwork(network, request.numHosts, signal),
  ]);
  await Promise.all([writeLabCode(paths.code), writeLabWheels(paths.wheels)]);
  const store = `${paths.hosts}/store`;
  if (image !== null) await writeStore(image, store, signal);
  await Promise.all(
    state.hosts.map(async (host) => {
      writeHost(state, host, keys);
      if (image !== null) await seedStore(store, `${paths.hosts}/${host.name}/docker`, signal);
      await boot(state, host, signal);
    }),
  );
  await allReady(state, signal);
  writeState(state);
  pruneCache(Date.now());
  return state;
}

function checkRequest({ numHosts, numDies }: LabRequest): void {
  if (!(numHosts >= 1 && numHosts <= MAX_HOSTS)) {
    const hint = 'start another lab under another --name for more';
    throw new LabError('lab_usage', `a lab has 1 to ${MAX_HOSTS} hosts, not ${numHosts}`, hint);
  }
  if (!(numDies >= 1 && numDies <= 16))
    throw new LabError('lab_usage', `a host has 1 to 16 dies, not ${numDies}`, null);
}

function checkSame(found: LabState, request: LabRequest): void {
  if (found.hosts.length === request.numHosts && found.numDies === request.numDies) return;
  const what = `${found.hosts.length} hosts of ${found.numDies} dies`;
  const hint = `take it down first (\`omniplace lab down --name ${found.name}\`), or start another under another --name`;
  throw new LabError('lab_busy', `lab '${found.name}' is already up with ${what}`, hint);
}

function checkPowered(found: LabState): void {
  const off = found.hosts.filter((host) => !isRunning(found, host));
  if (off.length === 0) return;
  const hint = off.map(({ number }) => `omniplace lab fault boot --host ${number} --name ${found.name}`).join('; ');
  const names = off.map(({ name }) => name).join(', ');
  throw new LabError('lab_not_ready', `lab '${found.name}' is up, but powered off are: ${names}`, hint);
}

function plannedState(request: LabRequest, network: Network, base: string, image: Image | null): LabState {
  const hosts = Array.from({ length: request.numHosts }, (_, i) => ({
    number: i + 1,
    name: `h${i + 1}`,
    address: hostAddress(network, i + 1),
  }));
  return {
    name: request.name,
    network: network.index,
    numDies: request.numDies,
    base,
    image: image === null ? null : { ref: image.ref, id: image.id },
    hosts,
  };
}

type Keys = {
  readonly authorized: string;
  readonly hosts: ReadonlyMap<string, { privateKey: string; publicKey: string }>;
};

/** The operator's key and one host key each; known_hosts has them before the hosts are there. */
async function makeKeys(state: LabState, signal: AbortSignal | undefined): Promise<Keys> {
  const paths = labPaths(state.name);
  const files = [paths.key, ...state.hosts.map((host) => `${paths.run}/${host.name}.key`)];
  await Promise.all(
    files.map((file) =>
      run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', `lab ${state.name}`, '-f', file], { signal }),
    ),
  );
  const hosts = new Map(
    state.hosts.map((host) => {
      const file = `${paths.run}/${host.name}.key`;
      return [host.name, { privateKey: readFileSync(file, 'utf8'), publicKey: readFileSync(`${file}.pub`, 'utf8') }];
    }),
  );
  const known = state.hosts.map(({ name, address }) => {
    const [type, key] = hosts.get(name)!.publicKey.split(' ');
    return `${address} ${type} ${key}\n`;
  });
  writeFileSync(paths.knownHosts, known.join(''));
  return { authorized: readFileSync(`${paths.key}.pub`, 'utf8'), hosts };
}

/** Takes blocks only as they are written; no journal: a lab doesn't outlive its machine. */
async function makeDisk(image: string, mountPoint: string, signal: AbortSignal | undefined): Promise<void> {
  mkdirSync(mountPoint, { recursive: true });
  await run(['truncate', '-s', '40G', image], { signal });
  const lazily = 'lazy_itable_init=1,lazy_journal_init=1';
  await run(['mkfs.ext4', '-q', '-F', '-E', lazily, '-O', '^has_journal', '-m', '0', '-N', '2000000', image], {
    signal,
  });
  await run(['mount', '-o', 'loop,discard', image, mountPoint], { signal });
}

function writeHost(state: LabState, host: LabHost, keys: Keys): void {
  const upper = `${labPaths(state.name).hosts}/${host.name}/upper`;
  const files = hostFiles({
    number: host.number,
    name: host.name,
    address: host.address,
    numDies: state.numDies,
    hostKey: keys.hosts.get(host.name)!,
    authorizedKey: keys.authorized,
    neighbours: Object.fromEntries(state.hosts.map(({ name, address }) => [name, address])),
    wrapRunc: lacksSysResource(),
  });
  writeHostFiles(upper, files);
}

async function allReady(state: LabState, signal: AbortSignal | undefined): Promise<void> {
  await Promise.all(state.hosts.map((host) => hostReady(state, host, signal)));
}
