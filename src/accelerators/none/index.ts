import type { Accelerator } from '../accelerator.ts';

/** No accelerator: servers compute on the processor, and a host needs no driver. */
export const none: Accelerator = {
  visibleDevices: null,
  container: () => ({ mounts: [], devices: [], flags: [], env: {}, workdir: '/' }),
};
