import health from '../../../templates/health_cuda.sh';
import functions from '../../../templates/probe_cuda.sh';
import tools from '../../../templates/tools_cuda.sh';
import type { Accelerator } from '../accelerator.ts';
import { parseCudaHealth } from './dieHealth.ts';
import { parseCudaDies } from './dies.ts';
import { unmetByDriver } from './imageNeeds.ts';

/** Their drivers slow dies down at some 90. */
const HOT_C = 85;

/** GPUs of NVIDIA. */
export const cuda: Accelerator = {
  // a container that was given some GPUs counts them from 0
  visibleDevices: null,
  usual: { diesPerHost: 8, diesPerCard: 1 },
  container: (dies) => ({
    mounts: [],
    devices: [],
    flags: dies.length === 0 ? [] : ['--gpus', 'all'],
    env: dies.length === 0 ? {} : { CUDA_VISIBLE_DEVICES: dies.join(',') },
    workdir: '/',
  }),
  probe: {
    functions: `${tools}\n${functions}`,
    parse: parseCudaDies,
    versions: { driver: 'the driver', cuda: 'CUDA' },
    listDies: 'nvidia-smi -L',
    unsplitDie: 'nvidia-smi -i N -mig 0',
    unmet: unmetByDriver,
  },
  health: { functions: `${tools}\n${health}`, parse: parseCudaHealth, hotC: HOT_C },
};
