import type { Fault } from '../../../deployment/fault.ts';
import { isMap } from '../../../files/maps.ts';
import { placementRanks } from '../experts/placementRanks.ts';
import { checkPattern } from './checkPattern.ts';
import { type CheckContext, faultAt, groupInWords, type Words } from './faults.ts';

/** Placement settings that OmniPlacement would refuse, misread or not use. */
export function* checkPlacement(context: CheckContext): Generator<Fault> {
  const { placement } = context.own;
  if (!placement.enabled) {
    yield* checkSwitchedOff(context);
    return;
  }
  if (context.instance.role === 'mixed') {
    yield faultAt(context, 'placement_setting', 'error', 'placement.enabled', {
      message: 'OmniPlacement needs prefill and decode apart; this server does both.',
      hint: 'Remove `placement` from the mixed servers, or set placement.mode: off.',
    });
    return;
  }
  yield* checkRedundancy(context);
  yield* checkExpertsPerRank(context);
  yield* checkDump(context);
  yield* checkPattern(context);
}

function* checkSwitchedOff(context: CheckContext): Generator<Fault> {
  const { placement } = context.own;
  const asked = [
    ['enable_dynamic', placement.enableDynamic],
    ['enable_dump', placement.enableDump],
    ['pattern_path', placement.patternPath !== null],
  ] as const;
  for (const [key, isAsked] of asked) {
    if (!isAsked) continue;
    yield faultAt(context, 'ignored_setting', 'warning', `placement.${key}`, {
      message: `placement.${key} has no effect: placement.enabled is false.`,
      hint: 'Set placement.enabled: true, or remove it.',
    });
  }
}

function* checkRedundancy(context: CheckContext): Generator<Fault> {
  const { instance } = context;
  const { placement } = context.own;
  const { maxRedundantPerExpert: perExpert, maxRedundantPerRank: perRank } = placement;
  const error = (key: string, words: Words) =>
    faultAt(context, 'placement_setting', 'error', `placement.${key}`, words);
  if (placement.enableDynamic && perRank > 0 && perExpert === 1) {
    yield error('max_redundant_per_rank', {
      message: `max_redundant_per_rank is ${perRank}, but max_redundant_per_expert is 1: no expert may have a second copy.`,
      hint: 'Set max_redundant_per_expert to at least 2 (10 is usual), or max_redundant_per_rank to 0.',
    });
  }
  if (placement.enableDynamic && perRank === 0 && perExpert > 1) {
    yield faultAt(context, 'placement_setting', 'warning', 'placement.max_redundant_per_expert', {
      message: `max_redundant_per_expert is ${perExpert}, but max_redundant_per_rank is 0: there is no slot for a copy.`,
      hint: 'Set max_redundant_per_rank to 1, or max_redundant_per_expert to 1.',
    });
  }
  if (placement.enableDynamic && perExpert > instance.numRanks) {
    yield error('max_redundant_per_expert', {
      message: `max_redundant_per_expert is ${perExpert}, but ${groupInWords(instance.group)} has ${instance.numRanks} dies.`,
      hint: `Set it to at most ${instance.numRanks}: no die holds an expert twice.`,
    });
  }
  const operators = context.own.extraConfig.operator_optimizition_config;
  const gathers = isMap(operators) && operators.prefill_moe_all_to_all === false;
  if (gathers && placement.enableDynamic && perRank > 0) {
    yield error('max_redundant_per_rank', {
      message: 'Redundant experts and AllGather communication (prefill_moe_all_to_all: false) do not work together.',
      hint: 'Set max_redundant_per_rank to 0, or leave prefill_moe_all_to_all at true.',
    });
  }
}

function* checkExpertsPerRank(context: CheckContext): Generator<Fault> {
  const { instance, deployment } = context;
  const { placement } = context.own;
  const { experts } = deployment.model;
  const ranks = placementRanks(context.instance, context.settings);
  if (experts === null) return;
  if (placement.enableDynamic && placement.maxRedundantPerRank === 0 && experts === ranks) {
    yield faultAt(context, 'placement_setting', 'warning', 'placement.enable_dynamic', {
      message: `Each of the ${ranks} dies of ${groupInWords(instance.group)} holds one expert: moving them balances nothing.`,
      hint: 'Give hot experts copies instead: placement.mode: redundant.',
    });
  }
  // a static pattern may hold copies that make up for the rest
  const isStatic = placement.patternPath !== null && !placement.enableDynamic;
  if (isStatic || experts % ranks === 0) return;
  const path = 'services.model.experts';
  // versions that choose their configuration may set redundancy_shared_expert_num by themselves
  const choosesItself = context.dialect.extraConfigVariable !== 'MODEL_EXTRA_CFG_PATH';
  yield {
    code: 'placement_setting',
    severity: choosesItself ? 'warning' : 'error',
    message: `${experts} experts can't be spread evenly over the ${ranks} dies of ${groupInWords(instance.group)}.`,
    hint: 'OmniPlacement would leave the rest on no die: use a number of dies that divides the experts, or a pattern.',
    file: deployment.file,
    ...context.position(path),
    path,
  };
}

function* checkDump(context: CheckContext): Generator<Fault> {
  const { placement } = context.own;
  if (!placement.enableDump) return;
  if (placement.dumpDir === null) {
    yield faultAt(context, 'placement_setting', 'error', 'placement.enable_dump', {
      message: 'enable_dump is true, but there is no dump_dir: OmniPlacement would write no dump.',
      hint: 'Set placement.dump_dir to a folder on the hosts.',
    });
  }
  if (placement.enableDynamic) {
    yield faultAt(context, 'dump_misread', 'warning', 'placement.enable_dump', {
      message: 'enable_dump and enable_dynamic are both true: the counts would be of places whose experts change.',
      hint: 'Set enable_dynamic to false while dumping.',
    });
  }
}
