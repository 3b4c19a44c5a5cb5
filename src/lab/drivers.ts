import hccnTool from '../../templates/lab-hccn-tool.sh';
import npuSmi from '../../templates/lab-npu-smi.sh';
import gpuHook from '../../templates/lab-nvidia-hook.sh';
import nvidiaSmi from '../../templates/lab-nvidia-smi.sh';
import type { HostFile, HostSpec } from './hostSpec.ts';
import type { LabState } from './state.ts';
import { imitatedBy } from './versions.ts';

/** One that every image of vLLM runs on. */
export const LAB_GPU_DRIVER = '580.95.05';
const CUDA_VERSION = '13.0.2';

const INSTALL_INFO = `UserName=HwHiAiUser
UserGroup=HwHiAiUser
Driver_Install_Type=full
Driver_Install_Path_Param=/usr/local/Ascend
`;

/** What the hosts of a lab compute on. */
export function acceleratorIn(lab: Pick<LabState, 'engine' | 'dialect'>): 'ascend' | 'cuda' {
  return imitatedBy(lab).engine === 'vllm' ? 'cuda' : 'ascend';
}

/** The driver's side of a host. */
export function driverFiles(spec: HostSpec): readonly HostFile[] {
  return spec.accelerator === 'cuda' ? cudaFiles() : ascendFiles(spec);
}

export function dieAddress(hostNumber: number, die: number): string {
  return `172.16.${hostNumber}.${die}`;
}

/** The hook is what dockerd looks for before it takes `--gpus`. */
function cudaFiles(): readonly HostFile[] {
  const cuda = { cuda: { name: 'CUDA SDK', version: CUDA_VERSION } };
  return [
    { path: '/usr/bin/nvidia-smi', mode: 0o755, content: nvidiaSmi },
    { path: '/usr/bin/nvidia-container-runtime-hook', mode: 0o755, content: gpuHook },
    { path: '/usr/local/cuda/version.json', mode: 0o644, content: `${JSON.stringify(cuda, null, 3)}\n` },
  ];
}

function ascendFiles(spec: HostSpec): readonly HostFile[] {
  const dies = Array.from({ length: spec.numDies }, (_, die) => die);
  const addresses = dies.map((die) => `address_${die}=${dieAddress(spec.number, die)}\nnetmask_${die}=255.255.0.0\n`);
  return [
    { path: '/usr/bin/hccn_tool', mode: 0o755, content: hccnTool },
    { path: '/usr/local/bin/npu-smi', mode: 0o755, content: npuSmi },
    { path: '/etc/hccn.conf', mode: 0o644, content: addresses.join('') },
    { path: '/etc/ascend_install.info', mode: 0o644, content: INSTALL_INFO },
    { path: '/usr/local/Ascend/driver/version.info', mode: 0o644, content: 'Version=lab\n' },
    { path: '/usr/local/dcmi/README', mode: 0o644, content: 'Simulated: no device stands behind it.\n' },
  ];
}
