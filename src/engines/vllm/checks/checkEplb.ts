import type { Fault } from '../../../deployment/fault.ts';
import { parallelSizes } from '../layout/parallelSizes.ts';
import { type InstanceContext, instanceFault, inWords } from './checkContext.ts';
import { valueHint } from './checkJson.ts';

/** Backends that vLLM still takes, and replaces by another one. */
const REMOVED = ['naive', 'pplx'];
/** Communicators of ranks that block them. */
const SYNCHRONOUS = ['torch_nccl', 'pynccl'];

/** Moving experts: where it has no effect, and sizes that don't fit. */
export function* checkEplb(context: InstanceContext): Generator<Fault> {
  const { own, used } = context;
  if (own.enableEplb && !own.enableExpertParallel) {
    yield instanceFault(context, 'eplb_setting', 'error', 'enable_eplb', {
      message: `${inWords(context)} has enable_eplb without enable_expert_parallel.`,
      hint: 'Set enable_expert_parallel: true, or remove enable_eplb.',
    });
  }
  const choices = used.table.flags['--all2all-backend']?.choices?.filter((name) => !REMOVED.includes(String(name)));
  const isRemoved = REMOVED.includes(own.all2allBackend ?? '');
  if (own.all2allBackend !== null && !isRemoved && choices?.includes(own.all2allBackend) === false) {
    yield instanceFault(context, 'argument_value', used.isExact ? 'error' : 'warning', 'all2all_backend', {
      message: `\`all2all_backend\` must be one of ${choices.join(', ')}; it is \`${own.all2allBackend}\`.`,
      hint: valueHint(used, choices, [own.all2allBackend]),
    });
  }
  if (isRemoved) {
    yield instanceFault(context, 'retired_name', 'error', 'all2all_backend', {
      message: `all2all_backend: ${own.all2allBackend} was removed from vLLM, which uses another one instead.`,
      hint: 'Use allgather_reducescatter, or deepep_low_latency for decode.',
    });
  }
  yield* idleSettings(context);
  yield* elasticFaults(context);
  if (own.enableEplb) yield* movingFaults(context);
  const redundant = own.eplbConfig.num_redundant_experts;
  if (redundant !== undefined && typeof redundant !== 'number') return;
  if (own.enableEplb) yield* unevenSlots(context, redundant ?? 0);
  if (redundant === undefined) return;
  if (redundant > 0 && !own.enableEplb) {
    yield instanceFault(context, 'eplb_setting', 'error', 'eplb_config.num_redundant_experts', {
      message: `${inWords(context)} has ${redundant} redundant experts without enable_eplb.`,
      hint: 'Set enable_eplb: true, or remove num_redundant_experts.',
    });
  }
}

function* unevenSlots(context: InstanceContext, redundant: number): Generator<Fault> {
  const { experts } = context.deployment.model;
  const ranks = expertRanks(context);
  if (experts === null || ranks <= 1 || (experts + redundant) % ranks === 0) return;
  const more = ranks - (experts % ranks || ranks);
  yield instanceFault(context, 'eplb_setting', 'error', ['eplb_config.num_redundant_experts', 'enable_eplb'], {
    message: `${experts} + ${redundant} experts can't be shared evenly by the ${ranks} ranks of ${inWords(context)}.`,
    hint: `num_redundant_experts is the total over all ranks: ${more}, or ${more + ranks}, and so on.`,
  });
}

/** Ranks that come and go: vLLM ends at its start without what it needs for that. */
function* elasticFaults(context: InstanceContext): Generator<Fault> {
  const { own, values } = context;
  if (values.get('--enable-elastic-ep') !== 'true') return;
  const { pipeline } = parallelSizes(context.instance.group);
  const missing = [
    ...(own.enableEplb ? [] : ['enable_eplb: true']),
    ...(pipeline.value > 1 ? ['one pipeline stage'] : []),
    ...(own.loadBalancing === 'internal' ? [] : ['data_parallel_lb: internal']),
  ];
  if (missing.length === 0) return;
  yield instanceFault(context, 'eplb_setting', 'error', 'extra_args', {
    message: `--enable-elastic-ep of ${inWords(context)} needs ${missing.join(' and ')}.`,
    hint: 'Set that, or remove --enable-elastic-ep.',
  });
}

/** Experts of a layer are shared out to these. */
function expertRanks({ instance }: InstanceContext): number {
  const { tensor, data } = parallelSizes(instance.group);
  return tensor.value * data.value;
}

/** What is read only where experts are moved, or logged. */
function* idleSettings(context: InstanceContext): Generator<Fault> {
  const { own } = context;
  const idle = Object.keys(own.eplbConfig).filter((key) => key !== 'num_redundant_experts');
  if (!own.enableEplb && idle.length > 0) {
    yield instanceFault(context, 'eplb_setting', 'warning', 'eplb_config', {
      message: `${inWords(context)} has eplb_config without enable_eplb: ${idle.join(', ')} ${idle.length === 1 ? 'is' : 'are'} not read.`,
      hint: 'Set enable_eplb: true, or remove eplb_config.',
    });
  }
  if (
    !own.enableEplb ||
    own.eplbConfig.log_balancedness_interval === undefined ||
    own.eplbConfig.log_balancedness === true
  )
    return;
  yield instanceFault(context, 'eplb_setting', 'warning', 'eplb_config.log_balancedness_interval', {
    message: `${inWords(context)} has log_balancedness_interval without log_balancedness: it is not read.`,
    hint: 'Set log_balancedness: true, or remove log_balancedness_interval.',
  });
}

/** With what vLLM can't move them. */
function* movingFaults(context: InstanceContext): Generator<Fault> {
  const { own, values } = context;
  const { communicator, use_async: isAsync = true } = own.eplbConfig;
  if (expertRanks(context) === 1) {
    yield instanceFault(context, 'eplb_setting', 'error', 'enable_eplb', {
      message: `${inWords(context)} has enable_eplb and one rank: there is no other one to move experts to.`,
      hint: 'Remove enable_eplb, or give the instance more devices.',
    });
  }
  if (isAsync === true && SYNCHRONOUS.includes(String(communicator))) {
    yield instanceFault(context, 'eplb_setting', 'error', 'eplb_config.communicator', {
      message: `${inWords(context)} has communicator: ${communicator}, which can't move experts while requests run (use_async, by default true).`,
      hint: 'Remove communicator, use nixl or torch_gloo, or set use_async: false.',
    });
  }
  if (values.get('--expert-placement-strategy') === 'round_robin') {
    yield instanceFault(context, 'eplb_setting', 'warning', 'extra_args', {
      message: `${inWords(context)} has --expert-placement-strategy round_robin with enable_eplb: vLLM uses linear then.`,
      hint: 'Remove one of the two.',
    });
  }
}
