import type { Engine } from '../engine.ts';
import { artifactPaths } from './artifacts/artifactPaths.ts';
import { checks } from './checks/checks.ts';
import { desired } from './desired.ts';
import { modelShape } from './modelShape.ts';
import { portsOf } from './ports.ts';

/** OmniInfer: pd_run.sh, OmniPlacement, global_proxy.sh. */
export const omniEngine: Engine = {
  name: 'omni',
  placementFormat: 'omni-npy',
  capabilities: new Set(['dump', 'live-map']),
  checks,
  ports: portsOf,
  artifactPaths,
  desired,
  model: modelShape,
};
