import type { JsonObject, RoleSettings, ServerRole } from './deployment.ts';
import { mergeLayers, type Values } from './layers.ts';
import { type LocalRoot, localPath } from './localPath.ts';
import { expandPlacement, type PlacementSite } from './placementMode.ts';
import type { Placement, RoleSettings as WrittenSettings } from './schema.gen.ts';
import { defaultsOf, fieldAt } from './schema.ts';

type Complete = Required<Omit<WrittenSettings, 'placement'>>;

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

/** Settings of a role from its layers, weakest first. */
export function roleSettings(
  role: ServerRole,
  layers: readonly Values[],
  root: LocalRoot,
  site: PlacementSite,
): RoleSettings {
  const written = mergeLayers(layers);
  const said = { ...settingsDefaults(role), ...written } as unknown as Complete;
  const placement = expandPlacement(
    (written.placement ?? {}) as Values,
    placementDefaults(role),
    site,
  ) as unknown as Required<Placement>;
  return {
    maxModelLen: Number(said.max_model_len),
    maxNumSeqs: Number(said.max_num_seqs),
    maxNumBatchedTokens: numberOrNull(said.max_num_batched_tokens),
    gpuUtil: Number(said.gpu_util),
    extraArgs: said.extra_args,
    env: Object.fromEntries(Object.entries(said.env).map(([name, value]) => [name, String(value)])),
    extraConfig: said.extra_config as JsonObject,
    additionalConfig: said.additional_config as JsonObject,
    placement: {
      enabled: placement.enabled,
      patternPath: placement.pattern_path === null ? null : localPath(placement.pattern_path, root),
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

export function numberOrNull(value: number | string | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}
