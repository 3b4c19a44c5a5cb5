import type { JsonObject } from '../../../deployment/deployment.ts';
import { blockYaml } from '../../../rendering/yaml.ts';
import type { NodePaths } from '../../../topology/paths.ts';
import type { ServerNode } from '../../../topology/topology.ts';
import type { HostDialect } from '../dialect/hostDialects.ts';
import { versionInWords } from '../dialect/hostDialects.ts';
import { patternPath } from '../hostPaths.ts';
import { omniRoleSettings } from '../settings.ts';

/**
 * OmniPlacement's settings of a server. Every key is written, defaults too: a missing enable_rank_round_robin or
 * max_moe_layer_num ends the engine, a missing enable_dynamic means true, and from v0.6 on what a former run set stays
 * in the package's own config.yaml unless it is overwritten.
 */
export function placementConfig(node: ServerNode, paths: NodePaths, moeLayers: number | null): JsonObject {
  const { placement } = omniRoleSettings(node.settings);
  const layers = placement.maxMoeLayerNum ?? moeLayers;
  return {
    pattern_path:
      placement.patternPath === null ? placement.imagePatternPath : patternPath(placement.patternPath, paths),
    ...(layers === null ? {} : { max_moe_layer_num: layers }),
    enable_dynamic: placement.enableDynamic,
    max_redundant_per_expert: placement.maxRedundantPerExpert,
    max_redundant_per_rank: placement.maxRedundantPerRank,
    enable_rank_round_robin: placement.enableRankRoundRobin,
    enable_dump: placement.enableDump,
    dump_dir: placement.dumpDir,
  };
}

/** config_p.yaml or config_d.yaml: what v0.3 reads; for v0.6 the same settings where a person looks for them. */
export function placementConfigText(node: ServerNode, config: JsonObject, dialect: HostDialect): string {
  const read =
    dialect.placementFrom === 'extra-config'
      ? 'read by the server at its start'
      : `for people: ${versionInWords(dialect)} reads the same from --additional-config in run_${node.role}.sh`;
  return blockYaml(`OmniPlacement of ${node.name}, written by omniplace from the deployment file;\n${read}`, config);
}
