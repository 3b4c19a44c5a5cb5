import type { ContainerPart } from '../../accelerators/accelerator.ts';
import { acceleratorOf } from '../../accelerators/index.ts';
import { driverFolderOf, isMissing } from '../../engines/acceleratorPart.ts';
import type { DesiredNode } from '../../engines/desired.ts';
import { modelPathsOn } from '../../engines/modelPaths.ts';
import type { ReachedHost } from '../../facts/facts.ts';
import { parseMount } from '../../shell/mount.ts';
import { quoteWord } from '../../shell/quote.ts';
import { readDockerRun } from '../../shell/readDockerRun.ts';
import { type Examined, type Finding, findingOn } from './finding.ts';

/** Mounts and devices of containers that the host does not have. */
export function mountProblems(examined: Examined, host: ReachedHost): Finding[] {
  const nodes = Object.values(examined.desired.nodes).filter((node) => node.host === host.address);
  const part = driverPart(examined, host);
  const lines = [
    ...nodes.flatMap((node) => absentMounts(examined, host, node, part)),
    ...nodes.flatMap((node) => absentDevices(host, node, part)),
    ...driverProblems(examined, host, part),
  ];
  // what several nodes of a host lack is one thing to do
  return [...new Map(lines.map((finding) => [finding.message, finding])).values()];
}

/** What the accelerator itself adds to containers of a host: a generation that hosts keep may still name what is gone since. */
function driverPart({ deployment, topology }: Examined, host: ReachedHost): ContainerPart {
  const dies = topology.nodes.flatMap((node) => (node.host === host.address && node.role !== 'proxy' ? node.dies : []));
  return acceleratorOf(deployment.accelerator).container(dies, driverFolderOf(host));
}

function absentMounts(
  examined: Examined,
  host: ReachedHost,
  { container }: DesiredNode,
  part: ContainerPart,
): Finding[] {
  const models = modelPathsOn(host.address, examined);
  const ofDriver = part.mounts.map((mount) => parseMount(mount).source);
  return readDockerRun(container.run).mounts.flatMap(({ source }) => {
    const isMade = container.folders.some((made) => `${made}/`.startsWith(`${source}/`));
    // the model has a finding of its own
    if (isMade || models.includes(source) || ofDriver.includes(source)) return [];
    if (host.paths[source]?.exists !== false) return [];
    return [
      findingOn(host.address).error(
        'mount-absent',
        `${source} is mounted into containers, and is not on the host`,
        `mkdir -p ${quoteWord(source)} on that host, or correct services.container.mounts; docker would leave an empty folder there`,
      ),
    ];
  });
}

function absentDevices(host: ReachedHost, { container }: DesiredNode, part: ContainerPart): Finding[] {
  return readDockerRun(container.run).devices.flatMap((device) =>
    host.paths[device]?.exists !== false || part.devices.includes(device)
      ? []
      : [
          findingOn(host.address).error(
            'device-absent',
            `${device} is given to containers, and is not on the host`,
            'load the driver that makes it, or correct services.container.devices',
          ),
        ],
  );
}

/** Of the accelerator's own part: what containers go without. */
function driverProblems({ deployment }: Examined, host: ReachedHost, part: ContainerPart): Finding[] {
  const accelerator = acceleratorOf(deployment.accelerator);
  const devices = part.devices.filter((device) => host.paths[device]?.exists === false);
  const made = (part.files ?? []).filter((file) => host.paths[file]?.kind === 'folder' && isMissing(file, part, host));
  return [
    ...(devices.length === 0
      ? []
      : [
          findingOn(host.address).warning(
            'device-absent',
            `${devices.join(', ')} ${devices.length === 1 ? 'is' : 'are'} not on the host, so containers go without`,
            `is the driver loaded? ${accelerator.probe?.listDies ?? 'see its log'}; dmesg shows why it is not`,
          ),
        ]),
    ...(part.devices.length === 0 || driverFolderOf(host) !== null
      ? []
      : [
          findingOn(host.address).warning(
            'mount-absent',
            'the host has no folder of the driver, so containers go without it',
            'install the driver, or mount its folder with services.container.mounts',
          ),
        ]),
    ...made.map((file) =>
      findingOn(host.address).warning(
        'mount-absent',
        `${file} is a folder where a file of the driver belongs, so containers go without`,
        `an earlier mount of what did not exist made it: rmdir ${quoteWord(file)} on that host`,
      ),
    ),
  ];
}
