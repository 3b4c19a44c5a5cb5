import type { Fault } from '../../../deployment/fault.ts';
import { hasOtherSpeculation } from '../server/mtpTokens.ts';
import { ownArguments } from '../server/ownArguments.ts';
import { procBindEnv } from '../server/procBind.ts';
import { type OmniRoleSettings, omniSettings } from '../settings.ts';
import { type CheckContext, faultAt } from './faults.ts';

/** Keys that carry one argument or variable each, against `extra_args`, `env` and each other. */
export function* checkOwnKeys(context: CheckContext): Generator<Fault> {
  yield* checkTwice(context);
  yield* checkVariables(context);
  yield* checkBlanks(context);
  yield* checkPairs(context);
  if (context.instance.role === 'mixed') yield* checkMixed(context);
}

function* checkTwice(context: CheckContext): Generator<Fault> {
  const keys = new Map(ownArguments(context.own.arguments).map(({ key, flag }) => [flag.replace('--no-', '--'), key]));
  for (const [i, argument] of context.settings.extraArgs.entries()) {
    const name = argument.split(/[= ]/, 1)[0]!.replaceAll('_', '-').replace('--no-', '--');
    const key = keys.get(name);
    if (key === undefined) continue;
    yield faultAt(context, 'engine_argument', 'error', `extra_args.${i}`, {
      message: `\`${name}\` is given by \`${key}\` too.`,
      hint: `Remove it from extra_args, or remove ${key}.`,
    });
  }
}

/** Variables that keys set, each with the key. */
function variablesOf(own: OmniRoleSettings): readonly (readonly [variable: string, key: string])[] {
  return [
    ...(own.zmqPort === null ? [] : [['VLLM_LLMDATADIST_ZMQ_PORT', 'vllm_llmdatadist_zmq_port'] as const]),
    ...(own.ppLayerPartition === null ? [] : [['VLLM_PP_LAYER_PARTITION', 'pp_layer_partition'] as const]),
    ...(own.procBind ? Object.keys(procBindEnv()).map((name) => [name, 'proc_bind'] as const) : []),
  ];
}

function* checkVariables(context: CheckContext): Generator<Fault> {
  for (const [variable, key] of variablesOf(context.own)) {
    if (context.settings.env[variable] === undefined) continue;
    yield faultAt(context, 'engine_variable', 'error', `env.${variable}`, {
      message: `${variable} is set by \`${key}\` too.`,
      hint: `Remove it from env, or remove ${key}.`,
    });
  }
}

/** Where the launcher has no flag for it, the value goes through `--extra-args`, which it splits at blanks. */
function* checkBlanks(context: CheckContext): Generator<Fault> {
  const { deployment, dialect, instance, own } = context;
  if (instance.role === 'mixed') return;
  const direct = omniSettings(deployment).launcher === 'api_servers';
  const flags = direct ? (dialect.flags['start_api_servers.py'] ?? []) : [];
  for (const { key, flag, value } of ownArguments(own.arguments)) {
    if (value === null || !/\s/.test(value) || flags.includes(flag)) continue;
    yield faultAt(context, 'engine_argument', 'error', key, {
      message: `The JSON of ${key} would reach vLLM in pieces: OmniInfer splits its arguments at blanks.`,
      hint: 'Use values without blanks, or services.launcher: api_servers where that script has the argument.',
    });
  }
}

function* checkPairs(context: CheckContext): Generator<Fault> {
  const { own } = context;
  const { enable_auto_tool_choice: auto, tool_call_parser: parser } = own.arguments;
  if (auto === true && parser === null)
    yield faultAt(context, 'engine_value', 'error', 'enable_auto_tool_choice', {
      message: 'enable_auto_tool_choice needs tool_call_parser: vLLM does not start without it.',
      hint: 'Set tool_call_parser.',
    });
  if (hasOtherSpeculation(own) && own.numSpeculativeTokens > 1)
    yield faultAt(context, 'ignored_setting', 'warning', 'num_speculative_tokens', {
      message: 'num_speculative_tokens has no effect: speculative_config replaces MTP.',
      hint: 'Set num_speculative_tokens inside speculative_config, and remove this one.',
    });
  const layers = own.ppLayerPartition?.split(',').length ?? own.pp;
  if (layers !== own.pp)
    yield faultAt(context, 'engine_value', 'error', 'pp_layer_partition', {
      message: `pp_layer_partition has ${layers} stages, and pp is ${own.pp}.`,
      hint: 'Write as many numbers as there are stages.',
    });
  const { rayMinWorkerPort: min, rayMaxWorkerPort: max } = own;
  if (min !== null && max !== null && min > max)
    yield faultAt(context, 'engine_value', 'error', 'ray_min_worker_port', {
      message: `ray_min_worker_port ${min} is above ray_max_worker_port ${max}.`,
      hint: 'Exchange them.',
    });
}

/** What only the scripts of prefill and decode do. */
function* checkMixed(context: CheckContext): Generator<Fault> {
  const { own } = context;
  const ignored: readonly (readonly [key: string, isSet: boolean, hint: string])[] = [
    ['num_speculative_tokens', own.numSpeculativeTokens > 1, 'Set speculative_config instead.'],
    ['proc_bind', own.procBind, 'Remove it.'],
    ['kv_transfer_config', Object.keys(own.kvTransferConfig).length > 0, 'Remove it: nothing is transferred.'],
  ];
  for (const [key, isSet, hint] of ignored) {
    if (!isSet) continue;
    yield faultAt(context, 'ignored_setting', 'warning', key, {
      message: `${key} has no effect on mixed servers.`,
      hint,
    });
  }
}
