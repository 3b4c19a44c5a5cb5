import type { RoleSettings } from '../../../src/deployment/deployment.ts';
import type { SettingsParser } from '../../../src/deployment/settingsParser.ts';

interface ToyRoleSettings {
  readonly extraConfig: { readonly toy_map?: string; readonly toy_loads?: string };
}

/** It reads other things from `extra_config` than omni does, and has no key of `services`. */
export const toySettings: SettingsParser<null, ToyRoleSettings, null> = {
  services: () => null,
  role: ({ extra_config: extraConfig = {} }) => ({ extraConfig: extraConfig as ToyRoleSettings['extraConfig'] }),
  proxy: () => null,
  faults: () => [],
};

export function toyRoleSettings({ engineSettings }: RoleSettings): ToyRoleSettings {
  return engineSettings as ToyRoleSettings;
}
