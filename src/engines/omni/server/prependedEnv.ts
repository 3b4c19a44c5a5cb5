import { quoteWord } from '../../../shell/quote.ts';
import type { ServerNode } from '../../../topology/topology.ts';
import { omniRoleSettings } from '../settings.ts';

/** Lists of folders before those of the image, as shell. */
export function prepended({ settings }: Pick<ServerNode, 'settings'>): readonly (readonly [string, string])[] {
  return Object.entries(omniRoleSettings(settings).prependEnv).map(([name, folders]) => [
    name,
    `${quoteWord(folders)}:"\${${name}:-}"`,
  ]);
}
