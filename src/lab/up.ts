import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { allDone } from './allDone.ts';
import { hostTree } from './base.ts';
import { pruneCache } from './cache.ts';
import { writeLabCode, writeLabWheels } from './code.ts';
import { makeDisk } from './disk.ts';
import { labDown } from './down.ts';
import { acceleratorIn } from './drivers.ts';
import { vllmDeploymentFile } from './engines/vllm/deploymentFile.ts';
import { boot } from './host.ts';
import { hostFiles, writeHostFiles } from './hostFiles.ts';
import { imageOf } from './image/imageOf.ts';
import { type Image, labImage } from './image/labImage.ts';
import { seedStore, writeStore } from './image/store.ts';
import { type LabKeys, makeKeys } from './keys.ts';
import { labPaths } from './labPaths.ts';
import { checkPowered, checkRequest, checkSame, type LabRequest } from './labRequest.ts';
import { withLock } from './lock.ts';
import { lacksSysResource, prepareMachine } from './machine.ts';
import { claimNetwork, hostAddress, layNetwork, type Network } from './network.ts';
import { hostReady } from './ready.ts';
import type { Say } from './say.ts';
import { type LabHost, type LabState, readState, writeState } from './state.ts';
import { type Imitates, imitatedBy } from './versions.ts';

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
    if (await hasOlderImage(found, say, signal)) {
      say(
        `the image of lab '${found.name}' is of an older build: \`lab down\`, then \`lab up\` gives it the present one`,
      );
    }
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
  const [base, image] = await allDone([
    hostTree(say, signal),
    request.withImage ? labImage(imageOf(request.imitates), say, signal) : null,
  ]);
  const paths = labPaths(request.name);
  const network = claimNetwork(request.name);
  mkdirSync(paths.run, { recursive: true, mode: 0o700 });
  const state = plannedState(request, network, base, image);
  say(`starting ${request.numHosts} hosts, ${state.hosts[0]!.address} to ${state.hosts.at(-1)!.address}`);
  const [keys] = await allDone([
    makeKeys(state, signal),
    makeDisk(paths.disk, paths.hosts, signal),
    layNetwork(network, request.numHosts, signal),
  ]);
  await writeInputs(state, request.imitates);
  const store = `${paths.hosts}/store`;
  if (image !== null) await writeStore(image, store, signal);
  await allDone(
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

/** What a deployment of the lab takes from this machine. */
async function writeInputs(state: LabState, imitates: Imitates): Promise<void> {
  const paths = labPaths(state.name);
  if (imitates.engine === 'omni') {
    await Promise.all([writeLabCode(paths.code, imitates.dialect), writeLabWheels(paths.wheels, imitates.dialect)]);
    return;
  }
  const addresses = state.hosts.map(({ address }) => address);
  const { name, numDies } = state;
  writeFileSync(paths.deployment, vllmDeploymentFile({ name, addresses, numDies, version: imitates.dialect, paths }));
}

async function hasOlderImage(found: LabState, say: Say, signal: AbortSignal | undefined): Promise<boolean> {
  if (found.image === null) return false;
  return (await labImage(imageOf(imitatedBy(found)), say, signal)).id !== found.image.id;
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
    engine: request.imitates.engine,
    dialect: request.imitates.dialect,
    base,
    image: image === null ? null : { ref: image.ref, id: image.id },
    hosts,
  };
}

function writeHost(state: LabState, host: LabHost, keys: LabKeys): void {
  const upper = `${labPaths(state.name).hosts}/${host.name}/upper`;
  const files = hostFiles({
    number: host.number,
    name: host.name,
    address: host.address,
    numDies: state.numDies,
    accelerator: acceleratorIn(state),
    hostKey: keys.hosts.get(host.name)!,
    authorizedKey: keys.authorized,
    neighbours: Object.fromEntries(state.hosts.map(({ name, address }) => [name, address])),
    wrapRunc: lacksSysResource(),
  });
  writeHostFiles(upper, files);
}

async function allReady(state: LabState, signal: AbortSignal | undefined): Promise<void> {
  await allDone(state.hosts.map((host) => hostReady(state, host, signal)));
}
