import type { OmniRoleSettings } from '../settings.ts';

/** Tokens that MTP guesses ahead; 0: no MTP, which another speculation replaces. */
export function mtpTokens(own: Pick<OmniRoleSettings, 'numSpeculativeTokens' | 'arguments'>): number {
  return hasOtherSpeculation(own) ? 0 : own.numSpeculativeTokens;
}

export function hasOtherSpeculation({ arguments: written }: Pick<OmniRoleSettings, 'arguments'>): boolean {
  return Object.keys(written.speculative_config ?? {}).length > 0;
}
