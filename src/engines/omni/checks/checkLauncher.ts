import type { Fault } from '../../../deployment/fault.ts';
import { isMap } from '../../../files/maps.ts';
import { versionInWords } from '../dialect/hostDialects.ts';
import { withoutBlanks } from '../server/engineArgs.ts';
import { OWN_FLAGS } from '../server/pdRunArgs.ts';
import { flagOfVariable } from '../server/pdRunVariables.ts';
import { omniSettings } from '../settings.ts';
import { type CheckContext, faultAt } from './faults.ts';

/** What can't be passed to the scripts of the OmniInfer that will run. */
export function* checkLauncher(context: CheckContext): Generator<Fault> {
  // a mixed server is vLLM's own program: no script is between
  if (context.instance.role === 'mixed') return;
  yield* checkBlanks(context);
  if (omniSettings(context.deployment).launcher === 'pd_run') yield* checkVariables(context);
}

/** start_api_servers.py splits them at blanks, quoted or not. */
function* checkBlanks(context: CheckContext): Generator<Fault> {
  for (const [i, argument] of context.settings.extraArgs.entries()) {
    const passed = withoutBlanks(argument);
    if (passed !== '' && !/\s/.test(passed)) continue;
    const quoted = JSON.stringify(argument);
    const isPair = /^--?[\w-]+\s+\S+$/.test(argument);
    yield faultAt(context, 'engine_argument', 'error', `extra_args.${i}`, {
      message:
        passed === ''
          ? 'An empty argument is lost: OmniInfer splits extra_args at blanks.'
          : `${quoted} would reach vLLM in pieces: OmniInfer splits extra_args at blanks, with or without quotes.`,
      hint: isPair
        ? `Write two arguments: ${argument.split(/\s+/).join(', ')}.`
        : 'Remove the blanks, or use a value without any. JSON is passed without blanks if it is an argument of its own.',
    });
  }
}

/** Variables that pd_run.sh sets whatever its environment holds. */
function* checkVariables(context: CheckContext): Generator<Fault> {
  const { dialect } = context;
  const { env, unsetEnv } = context.settings;
  for (const [name, value] of [...Object.entries(env), ...unsetEnv.map((name) => [name, null] as const)]) {
    const variable = dialect.variables[name];
    if (variable === undefined || variable.value === value) continue;
    const flag = flagOfVariable(dialect, name);
    if (flag !== null && value !== null && !OWN_FLAGS.has(flag)) continue;
    const version = versionInWords(dialect);
    yield faultAt(context, 'engine_variable', 'error', `env.${name}`, {
      message:
        flag === null || value === null
          ? `pd_run.sh of ${version} sets ${name} itself${variable.value === null ? '' : `, to ${JSON.stringify(variable.value)}`}, ${value === null ? 'whether or not `env` has it' : 'and has no flag for it'}.`
          : `omniplace gives ${name} itself, by ${flag} of pd_run.sh.`,
      hint:
        flag === null || value === null
          ? 'Set services.launcher: api_servers, which passes on all of `env`; or remove it.'
          : 'Remove it: it follows from hosts, dies, ports and other keys.',
    });
  }
}

/** Keys at which the loader of the code that runs ends. */
export function* checkExtraConfigKeys(context: CheckContext): Generator<Fault> {
  const { dialect, own } = context;
  if (dialect.extraConfigKeys === null) return;
  const sections = [
    ['model_parallel_config', dialect.extraConfigKeys.parallel],
    ['operator_optimizition_config', dialect.extraConfigKeys.operators],
  ] as const;
  for (const [section, keys] of sections) {
    const values = own.extraConfig[section];
    if (keys.unknown === 'drops' || !isMap(values)) continue;
    for (const key of Object.keys(values).filter((name) => !keys.known.includes(name))) {
      yield faultAt(context, 'engine_key', 'error', `extra_config.${section}.${key}`, {
        message: `${versionInWords(dialect)} has no \`${key}\` in ${section}, and does not start with it.`,
        hint: 'Remove it, or use an image of a version that has it.',
      });
    }
  }
}
