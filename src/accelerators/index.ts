import type { AcceleratorName } from '../deployment/deployment.ts';
import type { Accelerator } from './accelerator.ts';
import { ascend } from './ascend/index.ts';
import { cuda } from './cuda/index.ts';
import { none } from './none/index.ts';

const ACCELERATORS: Readonly<Record<AcceleratorName, Accelerator>> = { ascend, cuda, none };

export function acceleratorOf(name: AcceleratorName): Accelerator {
  return ACCELERATORS[name];
}
