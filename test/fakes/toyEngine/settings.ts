import type { Deployment, RoleSettings } from '../../../src/deployment/deployment.ts';
import type { SettingsParser } from '../../../src/deployment/settingsParser.ts';

interface ToySettings {
  readonly word: string;
}

interface ToyRoleSettings {
  readonly extraConfig: { readonly toy_map?: string; readonly toy_loads?: string };
}

/** It reads other things from `extra_config` than omni does, and has a key of `services` of its own. */
export const toySettings: SettingsParser<ToySettings, ToyRoleSettings, null> = {
  services: (written) => ({ word: (written as unknown as { readonly toy_word: string }).toy_word }),
  role: ({ extra_config: extraConfig = {} }) => ({ extraConfig: extraConfig as ToyRoleSettings['extraConfig'] }),
  proxy: () => null,
  faults: () => [],
};

export function toyWord({ engineSettings }: Deployment): string {
  return (engineSettings as ToySettings).word;
}

export function toyRoleSettings({ engineSettings }: RoleSettings): ToyRoleSettings {
  return engineSettings as ToyRoleSettings;
}
