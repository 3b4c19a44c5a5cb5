import type { ExpertControl, RecordedLoads } from '../../../src/engines/expertControl.ts';
import { CODECS, DUMP_WINDOWS } from '../../../src/placement/index.ts';
import { toyRoleSettings } from './settings.ts';

/** Other keys, another codec and another guideline than omni's. Placement is on where a role has an `extra_config.toy_map`. */
export function toyExperts(recorded: RecordedLoads | null): ExpertControl {
  return {
    codec: CODECS['expert-map'],
    recorded,
    placed: (settings) => {
      const { toy_map: file = null, toy_loads: recordFolder = null } = toyRoleSettings(settings).extraConfig;
      return {
        enabled: true,
        file,
        dynamic: false,
        layers: null,
        split: 'uniform',
        isRecording: recordFolder !== null,
        recordFolder,
        kind: String(file),
      };
    },
    ranks: ({ numRanks }) => numRanks,
    fixed: { key: 'extra_config.toy_map', value: 'none' },
    dynamicKey: 'toy_moves',
    install: (file) => [{ key: 'extra_config.toy_map', value: file }],
    guideline: () => 'redundant',
    isMisreading: () => false,
  };
}

export const TOY_LOADS: RecordedLoads = {
  windowS: 30,
  rank: () => 0,
  codec: DUMP_WINDOWS,
  functions: '',
  switchOn: [{ key: 'extra_config.toy_loads', value: '/toy' }],
  example: { key: 'extra_config', value: '{toy_loads: /toy}' },
  key: 'extra_config.toy_loads',
  folderKey: 'toy_loads',
};
