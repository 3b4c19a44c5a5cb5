import { Flags } from '@oclif/core';
import { mapFlags, ranksPerHostFlag } from './flags.ts';

/** The flags of `pattern recover`. */
export const recoverFlags = {
  lost: Flags.string({ required: true, helpValue: 'RANKS', description: 'as 5,6 or 16-31, or a host as host1' }),
  load: Flags.string({
    multiple: true,
    helpValue: 'FILE|DIR',
    description: 'loads as for pattern build; without one all experts count alike',
  }),
  'recorded-under': Flags.string({
    helpValue: 'base|FILE',
    description: 'what served while the dump was recorded: its columns are slots of that placement',
  }),
  'max-moves': Flags.string({
    helpValue: 'N',
    description: 'experts that may arrive on survivors, or layer=N,rank=N,all=N; by default as many as slots are lost',
  }),
  slots: Flags.integer({ min: 1, helpValue: 'K', description: 'slots per survivor; by default what they had' }),
  'ranks-per-host': ranksPerHostFlag,
  out: Flags.string({ helpValue: 'DIR', description: 'write maps, plan and rank mapping to this folder' }),
  ...mapFlags,
};
