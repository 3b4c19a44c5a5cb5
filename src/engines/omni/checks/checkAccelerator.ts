import type { Deployment } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import type { Positions } from '../../../deployment/positions.ts';

/** None of the recorded states of OmniInfer has a platform for GPUs. `none` is for simulated devices. */
export function* checkAccelerator(deployment: Deployment, position: Positions): Generator<Fault> {
  const { accelerator, engine } = deployment;
  if (accelerator !== 'cuda') return;
  const path = 'services.accelerator';
  yield {
    code: 'engine_accelerator',
    severity: 'error',
    message: `\`engine: ${engine}\` can't run with \`accelerator: ${accelerator}\`: OmniInfer has no platform for GPUs.`,
    hint: 'Remove accelerator, or set it to ascend.',
    file: deployment.file,
    ...position(path),
    path,
  };
}
