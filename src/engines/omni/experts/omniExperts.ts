import type { RoleSettings } from '../../../deployment/deployment.ts';
import { CODECS } from '../../../placement/index.ts';
import type { ExpertControl, PlacedExperts } from '../../expertControl.ts';
import { omniRoleSettings } from '../settings.ts';
import { liveSwap } from './liveSwap.ts';
import { placementRanks } from './placementRanks.ts';
import { recordedLoads } from './recordedLoads.ts';

/** OmniPlacement's guideline: up to so many dies rearrange, above redundant. */
const REARRANGE_UP_TO = 32;

/** OmniPlacement. */
export const omniExperts: ExpertControl = {
  codec: CODECS['omni-npy'],
  recorded: recordedLoads,
  live: liveSwap,
  placed,
  ranks: placementRanks,
  fixed: { key: 'placement.mode', value: 'base' },
  dynamicKey: 'enable_dynamic',
  install: (file) => [
    { key: 'placement.mode', value: 'static' },
    { key: 'placement.pattern_path', value: file },
  ],
  guideline: (ranks) => (ranks <= REARRANGE_UP_TO ? 'rearrange' : 'redundant'),
  isMisreading: ({ code, severity }) => code === 'dump_misread' && severity === 'warning',
};

function placed(settings: RoleSettings): PlacedExperts {
  const { placement } = omniRoleSettings(settings);
  const { dumpDir, ...others } = placement;
  return {
    enabled: placement.enabled,
    file: placement.patternPath,
    dynamic: placement.enableDynamic,
    layers: placement.maxMoeLayerNum,
    split: placement.enableRankRoundRobin ? 'affine' : 'uniform',
    isRecording: placement.enableDump,
    recordFolder: dumpDir,
    kind: JSON.stringify(others),
  };
}
