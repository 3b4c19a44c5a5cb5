import functions from '../../../templates/probe_cuda.sh';
import type { Accelerator } from '../accelerator.ts';
import { parseCudaDies } from './dies.ts';

/** GPUs of NVIDIA. */
export const cuda: Accelerator = {
  // a container that was given some GPUs counts them from 0
  visibleDevices: null,
  container: (dies) => ({
    mounts: [],
    devices: [],
    flags: dies.length === 0 ? [] : ['--gpus', 'all'],
    env: dies.length === 0 ? {} : { CUDA_VISIBLE_DEVICES: dies.join(',') },
    workdir: '/',
  }),
  probe: {
    functions,
    parse: parseCudaDies,
    versions: { driver: 'the driver', cuda: 'CUDA' },
    listDies: 'nvidia-smi -L',
  },
};
