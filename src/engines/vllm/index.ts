import { apiKey } from '../apiKey.ts';
import type { Engine } from '../engine.ts';
import { modelShape } from '../modelShape.ts';
import { vllmChecks } from './checks/vllmChecks.ts';
import { vllmRefusals } from './checks/vllmRefusals.ts';
import { vllmLayout } from './layout/vllmLayout.ts';
import { vllmSettingsParser } from './parseSettings.ts';
import { vllmRouter } from './router/vllmRouter.ts';
import { startWaves } from './startWaves.ts';
import { vllmArtifactPaths, vllmDesired } from './vllmDesired.ts';
import { vllmMetrics, vllmTransfers } from './vllmMetrics.ts';
import { vllmPorts } from './vllmPorts.ts';
import { vllmStarter } from './vllmStarter.ts';
import { CONFIG_TAG } from './vllmTags.ts';

/** vLLM on GPUs: `vllm serve` on every host, vllm-router in front. No map of experts can be given to it. */
export const vllmEngine: Engine = {
  name: 'vllm',
  accelerators: ['cuda'],
  settings: vllmSettingsParser,
  tags: [CONFIG_TAG],
  metrics: vllmMetrics,
  transferProof: vllmTransfers,
  noExperts: {
    because: 'released vLLM reads no map of experts at its start, and writes no loads of them',
    hint: 'Set enable_eplb: true and eplb_config, and vLLM moves experts itself. `omniplace pattern export` writes maps in its form for builds of your own.',
  },
  localPaths: {},
  inputs: () => ({ files: [], bytes: [], trees: [] }),
  checks: vllmChecks,
  apiKey,
  layout: vllmLayout,
  ports: vllmPorts,
  order: startWaves,
  refusals: vllmRefusals,
  router: vllmRouter,
  artifactPaths: vllmArtifactPaths,
  desired: vllmDesired,
  model: modelShape,
  starter: vllmStarter,
};
