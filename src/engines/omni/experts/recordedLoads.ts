import functions from '../../../../templates/dumps_omni.sh';
import { DUMP_WINDOWS } from '../../../placement/index.ts';
import type { RecordedLoads } from '../../expertControl.ts';
import { sharedRanks } from './placementRanks.ts';

/** OmniPlacement's dumps. */
export const recordedLoads: RecordedLoads = {
  windowS: 60,
  // rank 0 of placement: it counts from the first rank that holds routed experts
  rank: sharedRanks,
  codec: DUMP_WINDOWS,
  functions,
  switchOn: [
    { key: 'placement.dump', value: true },
    { key: 'placement.enable_dump', value: true },
  ],
  example: { key: 'placement', value: '{mode: base, dump: true}' },
  key: 'placement.enable_dump',
  folderKey: 'dump_dir',
};
