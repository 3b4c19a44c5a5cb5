import type { Fault } from '../../../deployment/fault.ts';
import { isMap } from '../../../files/maps.ts';
import { type NpyArray, PlacementError, parseNpy } from '../../../placement/index.ts';
import { placementRanks } from '../experts/placementRanks.ts';
import { type CheckContext, faultAt, groupInWords } from './faults.ts';
import { type PatternStats, patternStats } from './patternStats.ts';

const KEY = 'placement.pattern_path';

/** A named pattern: that it is one, that it fits the instance, and that OmniPlacement would read it as it is meant. */
export function* checkPattern(context: CheckContext): Generator<Fault> {
  const { patternPath } = context.own.placement;
  const bytes = patternPath === null ? null : context.inputs.bytes[patternPath];
  // a file that is missing is told of where local files are looked for
  if (patternPath === null || !bytes) return;
  let pattern: NpyArray;
  try {
    pattern = parseNpy(bytes);
  } catch (error) {
    if (!(error instanceof PlacementError)) throw error;
    yield faultAt(context, 'pattern_unreadable', 'error', KEY, {
      message: `${patternPath} is no pattern: ${error.message}.`,
      hint: 'Make one with `omniplace pattern build`, or set pattern_path to null for the contiguous placement.',
    });
    return;
  }
  const shapeFault = checkShape(context, patternPath, pattern.shape);
  if (shapeFault !== null) {
    yield shapeFault;
    return;
  }
  const [ranks, layers, experts] = pattern.shape as [number, number, number];
  const stats = patternStats(pattern.data, ranks, layers, experts);
  const contentFaults = [...checkContent(context, patternPath, stats)];
  yield* contentFaults;
  if (contentFaults.length === 0) yield* checkSettings(context, patternPath, stats, experts / ranks);
}

function checkShape(context: CheckContext, file: string, shape: readonly number[]): Fault | null {
  const { deployment, instance } = context;
  const ranks = placementRanks(instance, context.settings);
  const layers = context.own.placement.maxMoeLayerNum ?? deployment.model.moeLayers;
  const { experts } = deployment.model;
  const wanted = [ranks, layers, experts];
  const fits = shape.length === 3 && shape.every((size, i) => size === (wanted[i] ?? size));
  if (fits) return null;
  const wantedText = `(${ranks}, ${layers ?? 'MoE layers'}, ${experts ?? 'experts'})`;
  return faultAt(context, 'pattern_shape', 'error', KEY, {
    message: `${file} has the shape (${shape.join(', ')}), ${groupInWords(instance.group)} needs ${wantedText}.`,
    hint: `A pattern is (dies of the instance, MoE layers, experts): make one with \`omniplace pattern build --ranks ${ranks}\`.`,
  });
}

function* checkContent(context: CheckContext, file: string, stats: PatternStats): Generator<Fault> {
  const error = (message: string, hint: string) =>
    faultAt(context, 'pattern_content', 'error', KEY, { message: `${file} ${message}`, hint });
  if (stats.notBinary) {
    const { value, at } = stats.notBinary;
    yield error(
      `holds ${value} at rank ${at[0]}, layer ${at[1]}, expert ${at[2]}.`,
      'A pattern says 1 where an expert is and 0 where it is not.',
    );
    return;
  }
  if (stats.numUncovered > 0) {
    const some = stats.uncovered.map(([layer, expert]) => `expert ${expert} of layer ${layer}`).join(', ');
    const more = stats.numUncovered - stats.uncovered.length;
    yield error(
      `places ${some}${more > 0 ? ` and ${more} more` : ''} on no die.`,
      'Every expert of every layer needs a place.',
    );
  } else if (stats.minSlots !== stats.maxSlots) {
    yield error(
      `holds ${stats.minSlots} experts on one die and ${stats.maxSlots} on another.`,
      'OmniPlacement takes every die to hold the same number in every layer.',
    );
  }
}

/** `expertsPerRank`: without any redundancy. */
function* checkSettings(
  context: CheckContext,
  file: string,
  stats: PatternStats,
  expertsPerRank: number,
): Generator<Fault> {
  const { placement } = context.own;
  const { maxRedundantPerExpert: perExpert, maxRedundantPerRank: perRank } = placement;
  const isRedundant = stats.maxReplicas > 1;
  if (placement.enableDynamic && stats.maxReplicas > perExpert) {
    yield faultAt(context, 'pattern_content', 'error', KEY, {
      message: `${file} has up to ${stats.maxReplicas} copies of an expert, max_redundant_per_expert allows ${perExpert}.`,
      hint: `Set max_redundant_per_expert to ${stats.maxReplicas}, or build a pattern with --max-replicas ${perExpert}.`,
    });
  }
  if (placement.enableDynamic && stats.maxSlots > expertsPerRank + perRank) {
    yield faultAt(context, 'pattern_content', 'error', KEY, {
      message: `${file} needs ${stats.maxSlots} slots on a die, there are ${expertsPerRank + perRank} with max_redundant_per_rank ${perRank}.`,
      hint: `Set max_redundant_per_rank to ${Math.ceil(stats.maxSlots - expertsPerRank)}: the rest would run over into the next die's slots.`,
    });
  }
  const operators = context.own.extraConfig.operator_optimizition_config;
  if (isRedundant && isMap(operators) && operators.prefill_moe_all_to_all === false) {
    yield faultAt(context, 'placement_setting', 'error', KEY, {
      message: `${file} is redundant, which does not work with AllGather communication (prefill_moe_all_to_all: false).`,
      hint: 'Take a pattern without redundancy, or leave prefill_moe_all_to_all at true.',
    });
  }
  if (placement.enableDump && !stats.isBase) {
    yield faultAt(context, 'dump_misread', 'warning', 'placement.enable_dump', {
      message: `enable_dump is true while ${file} moves experts: the counts are of places in it, not of experts.`,
      hint: "Read such dumps together with this pattern, never with OmniInfer's own pattern tool; or set pattern_path to null while dumping.",
    });
  }
}
