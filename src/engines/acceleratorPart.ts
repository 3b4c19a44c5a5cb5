import type { ContainerPart } from '../accelerators/accelerator.ts';
import { acceleratorOf } from '../accelerators/index.ts';
import type { Deployment } from '../deployment/deployment.ts';
import type { HostFacts } from '../facts/facts.ts';
import { type Mount, parseMount } from '../shell/mount.ts';

/** What a container gets of its accelerator, its engine, and the deployment's own mounts, devices and flags. */
export interface ContainerParts extends Pick<ContainerPart, 'env' | 'workdir' | 'flags' | 'devices'> {
  readonly mounts: readonly Mount[];
}

/**
 * The accelerator's part of a container of `dies`, without what its host is known not to have: docker would make an empty
 * folder of the name of each missing file, and refuse a missing device. A mount of the file at the same place counts instead.
 */
export function acceleratorPart(
  deployment: Deployment,
  dies: readonly number[],
  own: { readonly mounts: readonly Mount[]; readonly flags: readonly string[] },
  host: HostFacts | undefined,
): ContainerParts {
  const part = acceleratorOf(deployment.accelerator).container(dies, driverFolderOf(host));
  const { mounts, devices, flags } = deployment.container;
  const written = mounts.map(parseMount);
  const targets = new Set(written.map(({ target }) => target));
  const given = part.mounts
    .map(parseMount)
    .filter(({ source, target }) => !targets.has(target) && !isMissing(source, part, host));
  return {
    env: part.env,
    workdir: part.workdir,
    mounts: withoutRepeats([...given, ...own.mounts, ...written]),
    devices: [...new Set([...part.devices.filter((device) => !isMissing(device, part, host)), ...devices])],
    flags: [...part.flags, ...own.flags, ...flags],
  };
}

/** Where a host has its driver. Undefined: not known. */
export function driverFolderOf(host: HostFacts | undefined): string | null | undefined {
  return host?.reachable ? host.machine.driverFolder : undefined;
}

/** Known not to be there, or to be a folder that docker made where a file should be. */
export function isMissing(
  path: string,
  { files = [] }: Pick<ContainerPart, 'files'>,
  host: HostFacts | undefined,
): boolean {
  const found = host?.reachable ? host.paths[path] : undefined;
  return found?.exists === false || (found?.kind === 'folder' && files.includes(path));
}

function withoutRepeats(mounts: readonly Mount[]): readonly Mount[] {
  const key = ({ source, target, options }: Mount) => JSON.stringify([source, target, options]);
  return [...new Map(mounts.map((mount) => [key(mount), mount])).values()];
}
