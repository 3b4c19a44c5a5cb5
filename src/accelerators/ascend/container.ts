import type { ContainerPart } from '../accelerator.ts';

export const VISIBLE_DEVICES = 'ASCEND_RT_VISIBLE_DEVICES';

// OmniInfer mounts a time zone too; where a host has no such file docker would make a folder of that name on it
const COMMON_MOUNTS = ['/data:/data', '/tmp:/tmp'];

/** Where containers expect the driver, whatever folder of the host it is in. */
const DRIVER = '/usr/local/Ascend/driver';

const DRIVER_PATHS = [
  '/usr/local/dcmi',
  '/usr/local/bin/npu-smi',
  '/etc/ascend_install.info',
  '/usr/local/sbin',
  '/etc/hccn.conf',
  '/usr/bin/hccn_tool',
];

const DRIVER_FILES = ['/usr/local/bin/npu-smi', '/etc/ascend_install.info', '/etc/hccn.conf', '/usr/bin/hccn_tool'];

const DEVICES = ['/dev/davinci_manager', '/dev/hisi_hdc', '/dev/devmm_svm'];

/** The driver's files and devices of the host, as OmniInfer's playbook mounts them. */
export function container(dies: readonly number[], driverFolder?: string | null): ContainerPart {
  const computes = dies.length > 0;
  return {
    mounts: [
      ...COMMON_MOUNTS,
      ...(computes ? [`${driverFolder ?? DRIVER}:${DRIVER}`, ...DRIVER_PATHS.map((path) => `${path}:${path}`)] : []),
    ],
    files: computes ? DRIVER_FILES : [],
    devices: computes ? DEVICES : [],
    flags: [],
    env: computes ? { [VISIBLE_DEVICES]: dies.join(',') } : {},
    workdir: '/data',
  };
}
