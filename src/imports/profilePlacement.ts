import type { Json, JsonObject } from '../deployment/deployment.ts';
import { isMap } from '../files/maps.ts';
import { PLACED_KEYS, unknownPlacementKey } from './placementKeys.ts';
import type { Profile } from './profile.ts';

const CONFIG = ['args', 'additional-config', 'omni_placement_config'];
const PATTERN = [...CONFIG, 'pattern_path'];
const DUMP_DIR = [...CONFIG, 'dump_dir'];
const GRAPH: JsonObject = { level: 1 };

/** `additional_config` and `placement`: nothing is switched on that the file does not switch on. */
export function profilePlacement(profile: Profile, hasGraph: boolean): JsonObject {
  const {
    enable_omni_placement: enabled,
    omni_placement_config: config,
    ...others
  } = profile.argMap('additional-config');
  const rest: Record<string, Json> = { ...others };
  if (hasGraph && JSON.stringify(rest.graph_model_compile_config) === JSON.stringify(GRAPH))
    delete rest.graph_model_compile_config;
  else if (hasGraph) rest.graph_model_compile_config ??= null;
  if (enabled !== true) {
    const unused = {
      ...(enabled === undefined ? {} : { enable_omni_placement: enabled }),
      ...(config === undefined ? {} : { omni_placement_config: config }),
    };
    return { ...additional({ ...rest, ...unused }), placement: { enabled: false } };
  }
  const { placement, further } = placementOf(profile, isMap(config) ? config : {});
  const unknown = Object.keys(further).length === 0 ? {} : { omni_placement_config: further };
  return { ...additional({ ...rest, ...unknown }), placement: { enabled: true, ...placement } };
}

function additional(config: JsonObject): JsonObject {
  return Object.keys(config).length === 0 ? {} : { additional_config: config };
}

function placementOf(profile: Profile, config: JsonObject): { placement: JsonObject; further: JsonObject } {
  const { pattern_path: pattern = null, dump_dir: dumpDir = null, ...others } = config;
  const entries = Object.entries(others);
  const placement: Record<string, Json> = Object.fromEntries(entries.filter(([key]) => PLACED_KEYS.includes(key)));
  // an empty one stays as it is written
  if (pattern !== null) placement.image_pattern_path = pattern;
  if (typeof pattern === 'string' && /^\/(?!workspace\/omniinfer\/)/.test(pattern))
    profile.leave(PATTERN, 'kept as image_pattern_path: mount its folder, or copy it here and set pattern_path');
  if (typeof dumpDir === 'string' && dumpDir.startsWith('/')) placement.dump_dir = dumpDir;
  else if (config.enable_dump === true) {
    placement.dump = true;
    profile.leave(DUMP_DIR, 'a path within the container; dumps go to a folder below log_path');
  } else if (dumpDir !== null && dumpDir !== '') profile.leave(DUMP_DIR, 'a relative path, and no dump is written');
  // OmniPlacement takes a missing key for true
  placement.enable_dynamic ??= true;
  const further = entries.filter(([key]) => {
    const because = unknownPlacementKey(key);
    if (because !== null) profile.leave([...CONFIG, key], because);
    return because === null && !PLACED_KEYS.includes(key);
  });
  return { placement, further: Object.fromEntries(further) };
}
