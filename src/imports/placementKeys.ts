import { suggest } from '../deployment/suggest.ts';

/** Keys of OmniPlacement that `placement` has under the same names. */
export const PLACED_KEYS: readonly string[] = [
  'max_moe_layer_num',
  'enable_dynamic',
  'max_redundant_per_expert',
  'max_redundant_per_rank',
  'enable_rank_round_robin',
  'enable_dump',
];
const OWN = ['pattern_path', 'dump_dir'];
/** They have no key of their own, and are passed on. */
const FURTHER = ['enable_new_context', 'enable_zero_expert', 'normal_expert_ids'];

/** Why a key of omni_placement_config has had no effect; null: OmniPlacement has it. */
export function unknownPlacementKey(key: string): string | null {
  const known = [...PLACED_KEYS, ...OWN, ...FURTHER];
  if (known.includes(key)) return null;
  const meant = suggest(key, known);
  return `OmniPlacement has no such key and took its default${meant === null ? '' : ` of ${meant}`}`;
}
