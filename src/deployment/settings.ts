import type { RoleSettings, ServerRole } from './deployment.ts';
import { mergeLayers, type Values } from './layers.ts';
import { expandPlacement } from './placementMode.ts';
import type { Placement, RoleSettings as WrittenSettings } from './schema.gen.ts';
import { defaultsOf, fieldAt } from './schema.ts';
import type { AnySettingsParser, RolePlace } from './settingsParser.ts';

type Complete = Required<WrittenSettings>;

/** Settings of a role from its layers, weakest first. */
export function roleSettings(layers: readonly Values[], place: RolePlace, engine: AnySettingsParser): RoleSettings {
  const { role, group, numDies, logPath, local } = place;
  const written = mergeLayers(layers);
  const defaults = settingsDefaults(role);
  const said = { ...defaults, ...written } as unknown as Complete;
  const placement = expandPlacement((written.placement ?? {}) as Values, placementDefaults(role), {
    numDies,
    dumpFolder: `${logPath}/dump/${role}_${group}`,
  }) as unknown as Required<Placement>;
  return {
    maxModelLen: Number(said.max_model_len),
    maxNumSeqs: Number(said.max_num_seqs),
    maxNumBatchedTokens: numberOrNull(said.max_num_batched_tokens),
    gpuUtil: Number(said.gpu_util),
    extraArgs: said.extra_args,
    env: Object.fromEntries(Object.entries(said.env).map(([name, value]) => [name, String(value)])),
    engineSettings: engine.role(written, defaults, place),
    placement: {
      enabled: placement.enabled,
      patternPath: placement.pattern_path === null ? null : local(placement.pattern_path),
      maxMoeLayerNum: numberOrNull(placement.max_moe_layer_num),
      enableDynamic: placement.enable_dynamic,
      maxRedundantPerExpert: Number(placement.max_redundant_per_expert),
      maxRedundantPerRank: Number(placement.max_redundant_per_rank),
      enableRankRoundRobin: placement.enable_rank_round_robin,
      enableDump: placement.enable_dump,
      dumpDir: placement.dump_dir,
    },
  };
}

/** What the schema says of a role where nobody says anything. */
function settingsDefaults(role: ServerRole): Values {
  const path = ['services', role];
  const ofRole = fieldAt(path)?.default as Values;
  return { ...defaultsOf(path), ...ofRole };
}

function placementDefaults(role: ServerRole): Values {
  const ofRole = fieldAt(['services', role])?.default as { readonly placement?: Values };
  return { ...defaultsOf(['services', role, 'placement']), ...ofRole.placement };
}

export function numberOrNull(value: number | string | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}
