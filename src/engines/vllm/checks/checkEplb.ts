import type { Fault } from '../../../deployment/fault.ts';
import { type InstanceContext, instanceFault, inWords } from './checkContext.ts';
import { jsonKeyFaults } from './jsonKeyFaults.ts';

/** Moving experts: where it has no effect, and sizes that don't fit. */
export function* checkEplb(context: InstanceContext): Generator<Fault> {
  const { own, instance, used } = context;
  yield* jsonKeyFaults(context, '--eplb-config', 'eplb_config', own.eplbConfig);
  if (own.enableEplb && !own.enableExpertParallel) {
    yield instanceFault(context, 'eplb_setting', 'error', 'enable_eplb', {
      message: `${inWords(context)} has enable_eplb without enable_expert_parallel.`,
      hint: 'Set enable_expert_parallel: true, or remove enable_eplb.',
    });
  }
  const choices = used.table.flags['--all2all-backend']?.choices;
  if (own.all2allBackend !== null && choices?.includes(own.all2allBackend) === false) {
    yield instanceFault(context, 'argument_value', used.isExact ? 'error' : 'warning', 'all2all_backend', {
      message: `\`all2all_backend\` must be one of ${choices.join(', ')}; it is \`${own.all2allBackend}\`.`,
      hint: `So it is in ${used.called}.`,
    });
  }
  if (['naive', 'pplx'].includes(own.all2allBackend ?? '')) {
    yield instanceFault(context, 'retired_name', 'error', 'all2all_backend', {
      message: `all2all_backend: ${own.all2allBackend} was removed from vLLM, which uses another one instead.`,
      hint: 'Use allgather_reducescatter, or deepep_low_latency for decode.',
    });
  }
  const redundant = own.eplbConfig.num_redundant_experts;
  if (typeof redundant !== 'number') return;
  if (redundant > 0 && !own.enableEplb) {
    yield instanceFault(context, 'eplb_setting', 'error', 'eplb_config.num_redundant_experts', {
      message: `${inWords(context)} has ${redundant} redundant experts without enable_eplb.`,
      hint: 'Set enable_eplb: true, or remove num_redundant_experts.',
    });
  }
  if (own.enableEplb) yield* unevenSlots(context, redundant, instance.numRanks);
}

function* unevenSlots(context: InstanceContext, redundant: number, ranks: number): Generator<Fault> {
  const { experts } = context.deployment.model;
  if (experts === null || ranks <= 1 || (experts + redundant) % ranks === 0) return;
  const more = ranks - (experts % ranks || ranks);
  yield instanceFault(context, 'eplb_setting', 'error', 'eplb_config.num_redundant_experts', {
    message: `${experts} + ${redundant} experts can't be shared evenly by the ${ranks} ranks of ${inWords(context)}.`,
    hint: `num_redundant_experts is the total over all ranks: ${more}, or ${more + ranks}, and so on.`,
  });
}
