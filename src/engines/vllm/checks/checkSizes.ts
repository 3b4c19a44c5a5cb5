import type { Fault } from '../../../deployment/fault.ts';
import { type ParallelSizes, parallelSizes } from '../layout/parallelSizes.ts';
import { type InstanceContext, instanceFault, inWords } from './checkContext.ts';

const SIZE_KEYS = ['tensor_parallel_size', 'data_parallel_size', 'pipeline_parallel_size', 'hosts'];

/** Sizes against hosts and devices, and what only ranks of several hosts can have. */
export function* checkParallelSizes(context: InstanceContext): Generator<Fault> {
  const { instance, own, settings } = context;
  const sizes = parallelSizes(instance.group);
  if (sizes.problem !== null) {
    yield instanceFault(context, 'parallel_sizes', 'error', SIZE_KEYS, {
      message: `${inWords(context)}: ${sizes.problem}.`,
      hint: sizesHint(sizes, instance.group.hosts.length),
    });
  }
  yield* contextFaults(context, sizes.tensor.value);
  if (own.loadBalancing !== 'internal' && sizes.data.value === 1) {
    yield instanceFault(context, 'ignored_setting', 'warning', 'data_parallel_lb', {
      message: `${inWords(context)} has one rank, so that data_parallel_lb: ${own.loadBalancing} has no effect.`,
      hint: 'Remove it, or set data_parallel_size.',
    });
  }
  if (own.loadBalancing === 'external' && sizes.data.value > 1 && !own.enableExpertParallel) {
    yield instanceFault(context, 'engine_value', 'warning', 'data_parallel_lb', {
      message: `${inWords(context)} has data_parallel_lb: external without enable_expert_parallel; vLLM refuses that for a model without experts.`,
      hint: 'Set enable_expert_parallel: true for a model with experts; else write a group for each rank.',
    });
  }
  if (own.shutdownTimeoutS === 0) {
    yield instanceFault(context, 'engine_value', 'warning', 'shutdown_timeout', {
      message: `${inWords(context)} has shutdown_timeout 0: each stop and restart aborts the requests that run.`,
      hint: 'Remove it: the default is 60 seconds, after which the rest is aborted.',
    });
  }
  const { maxNumBatchedTokens, maxNumSeqs } = settings;
  if (maxNumBatchedTokens !== null && maxNumSeqs !== null && maxNumBatchedTokens < maxNumSeqs) {
    yield instanceFault(context, 'engine_value', 'error', 'max_num_batched_tokens', {
      message: `max_num_batched_tokens ${maxNumBatchedTokens} is less than max_num_seqs ${maxNumSeqs}.`,
      hint: 'Each sequence of a batch needs at least one token: raise the first, or lower the second.',
    });
  }
}

function sizesHint({ spansHosts, data }: ParallelSizes, hosts: number): string {
  if (spansHosts && data.value > 1 && hosts % data.value === 0)
    return `omniplace can't start several ranks that reach over hosts in one instance: write ${data.value} groups of ${hosts / data.value} hosts each.`;
  return 'Leave sizes out to have them follow from hosts and devices, or correct one of them.';
}

/** Ranks that share out the tokens of a prompt: devices that omniplace does not count, or a part of the tensor ranks. */
function* contextFaults(context: InstanceContext, tensor: number): Generator<Fault> {
  const prefill = Number(context.values.get('--prefill-context-parallel-size') ?? 1);
  if (prefill > 1) {
    yield instanceFault(context, 'parallel_sizes', 'error', 'extra_args', {
      message: `${inWords(context)} has --prefill-context-parallel-size ${prefill}, which takes ${prefill} times the devices of the other sizes.`,
      hint: 'Remove it: omniplace shares devices out by tensor, pipeline and data parallel sizes only.',
    });
  }
  const decode = Number(context.values.get('--decode-context-parallel-size') ?? 1);
  if (decode > 1 && tensor % decode !== 0) {
    yield instanceFault(context, 'parallel_sizes', 'error', 'extra_args', {
      message: `${inWords(context)} has --decode-context-parallel-size ${decode}, which does not divide its tensor parallel size ${tensor}.`,
      hint: 'Choose a divisor of the tensor parallel size.',
    });
  }
}
