import { apiKey } from '../apiKey.ts';
import type { Engine } from '../engine.ts';
import { modelShape } from '../modelShape.ts';
import { artifactPaths } from './artifacts/artifactPaths.ts';
import { buildWheels } from './artifacts/buildWheels.ts';
import { inputs, localPaths } from './artifacts/inputs.ts';
import { checks } from './checks/checks.ts';
import { refusals } from './checks/dialectFaults.ts';
import { codeOrigin } from './codeOrigin.ts';
import { desired } from './desired.ts';
import { omniDialect } from './dialect/omniDialect.ts';
import { omniExperts } from './experts/omniExperts.ts';
import { withImageEnv } from './imageEnv.ts';
import { instanceLayout } from './layout/instanceLayout.ts';
import { startOrder } from './layout/startOrder.ts';
import { omniMetrics, omniTransfers } from './omniMetrics.ts';
import { omniSettingsParser } from './parseSettings.ts';
import { portsOf } from './ports.ts';
import { omniRouter } from './proxy/router.ts';
import { modelPathOf } from './server/modelPathOf.ts';
import { starter } from './starter.ts';
import { OMNI_TAGS } from './tags.ts';

export { artifactsOfFormat1, type NodeOfFormat1, readinessOfFormat1 } from './format1.ts';

/** OmniInfer: pd_run.sh, OmniPlacement, global_proxy.sh or omni_proxy.sh. */
export const omniEngine: Engine = {
  name: 'omni',
  // none of its recorded versions has a platform for GPUs; `none` is for simulated devices
  accelerators: ['ascend', 'none'],
  settings: omniSettingsParser,
  tags: OMNI_TAGS,
  build: buildWheels,
  experts: omniExperts,
  metrics: omniMetrics,
  transferProof: omniTransfers,
  localPaths,
  inputs,
  checks,
  refusals,
  apiKey,
  codeOrigin,
  inContainer: withImageEnv,
  modelPath: modelPathOf,
  layout: instanceLayout,
  ports: portsOf,
  order: startOrder,
  router: omniRouter,
  dialect: omniDialect,
  artifactPaths,
  desired,
  model: modelShape,
  starter,
};
