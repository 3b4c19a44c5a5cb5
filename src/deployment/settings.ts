import type { RoleSettings, ServerRole } from './deployment.ts';
import { mergeLayers, type Values } from './layers.ts';
import type { RoleSettings as WrittenSettings } from './schema.gen.ts';
import { defaultsOf, fieldAt } from './schema.ts';
import type { AnySettingsParser, RolePlace } from './settingsParser.ts';

/** Settings of a role from its layers, weakest first. */
export function roleSettings(layers: readonly Values[], place: RolePlace, engine: AnySettingsParser): RoleSettings {
  const written = mergeLayers(layers);
  const defaults = settingsDefaults(place.role);
  const said = { ...defaults, ...written } as unknown as Required<WrittenSettings>;
  return {
    maxModelLen: Number(said.max_model_len),
    maxNumSeqs: numberOrNull(said.max_num_seqs),
    maxNumBatchedTokens: numberOrNull(said.max_num_batched_tokens),
    gpuUtil: Number(said.gpu_util),
    extraArgs: said.extra_args,
    env: Object.fromEntries(
      Object.entries(said.env).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])),
    ),
    unsetEnv: Object.entries(said.env).flatMap(([name, value]) => (value === null ? [name] : [])),
    engineSettings: engine.role(written, defaults, place),
  };
}

/** The schema's defaults of a role. */
function settingsDefaults(role: ServerRole): Values {
  const path = ['services', role];
  const ofRole = fieldAt(path)?.default as Values;
  return { ...defaultsOf(path), ...ofRole };
}

export function numberOrNull(value: number | string | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}
