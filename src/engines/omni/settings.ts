import { commaList } from '../../deployment/commaList.ts';
import type { Deployment, JsonObject, RoleSettings } from '../../deployment/deployment.ts';
import type { SettingsParser } from '../../deployment/settingsParser.ts';
import { addressAt } from '../../deployment/writtenFaults.ts';

/** OmniInfer's own keys of `services`. */
export interface OmniSettings {
  /** Overrides where placement is set. v0.3: in the extra-config file; v0.6: inside --additional-config; null: as the code reads it. */
  readonly generation: 'v0.3' | 'v0.6' | null;
  /** Absolute local folder that contains `omniinfer/`; null: the image's own code is used. */
  readonly codePath: string | null;
  /** Absolute local paths, globs already expanded and sorted (a glob without a match stays as it was written). */
  readonly wheels: readonly string[];
  /** Address of the host whose container builds wheels; null: the first. */
  readonly buildHost: string | null;
}

/** OmniInfer's own keys of a role. */
export interface OmniRoleSettings {
  /** Merged into the engine's extra-config JSON (MODEL_EXTRA_CFG_PATH). */
  readonly extraConfig: JsonObject;
  /** Merged into `--additional-config`. */
  readonly additionalConfig: JsonObject;
}

export const settings: SettingsParser<OmniSettings, OmniRoleSettings> = {
  services: (written, local) => ({
    generation: written.generation ?? null,
    codePath: written.code_path === undefined ? null : local.path(written.code_path),
    wheels: commaList(written.wheels).flatMap(local.expand),
    buildHost: written.build_host ?? null,
  }),
  role: (written, defaults) => ({
    extraConfig: (written.extra_config ?? defaults.extra_config) as JsonObject,
    additionalConfig: (written.additional_config ?? defaults.additional_config) as JsonObject,
  }),
  faults: ({ documents }) => [...addressAt(documents.plain, ['services', 'build_host'])],
};

/** What {@link settings} made of a deployment. */
export function omniSettings({ engineSettings }: Pick<Deployment, 'engineSettings'>): OmniSettings {
  return engineSettings as OmniSettings;
}

/** What {@link settings} made of a role, for an instance or one of its hosts. */
export function omniRoleSettings({ engineSettings }: Pick<RoleSettings, 'engineSettings'>): OmniRoleSettings {
  return engineSettings as OmniRoleSettings;
}
