import type { Fault } from '../../../deployment/fault.ts';
import { suggest } from '../../../deployment/suggest.ts';
import { versionsWith } from '../flags/flagTable.ts';
import { valueProblem } from '../flags/valueProblem.ts';
import { type WrittenArgument, writtenArguments } from '../flags/writtenArguments.ts';
import { type InstanceContext, instanceFault } from './checkContext.ts';
import { OWN_ARGUMENTS, RETIRED_ARGUMENTS } from './knownNames.ts';

/** `extra_args` against the arguments of the version that runs. */
export function* checkArguments(context: InstanceContext): Generator<Fault> {
  const { settings, used } = context;
  const { found, stray } = writtenArguments(settings.extraArgs, used.table);
  for (const argument of found) yield* argumentFaults(context, argument);
  for (const { index, value } of stray) {
    yield instanceFault(context, 'engine_argument', 'error', `extra_args.${index}`, {
      message: `No argument takes the value ${JSON.stringify(value)}.`,
      hint: /^-?-?[\w-]+\s/.test(value)
        ? 'Write a flag and its value as two entries.'
        : 'Remove it, or write its flag before it.',
    });
  }
}

function* argumentFaults(context: InstanceContext, argument: WrittenArgument): Generator<Fault> {
  const key = `extra_args.${argument.index}`;
  if (argument.name === null) {
    yield unknownFault(context, argument.written, key);
    return;
  }
  const instead = OWN_ARGUMENTS.get(argument.name);
  if (instead !== undefined) {
    yield instanceFault(context, 'engine_argument', 'error', key, {
      message: `omniplace sets \`${argument.name}\` itself.`,
      hint: `Remove it: ${instead}.`,
    });
    return;
  }
  const problem = valueProblem(argument);
  if (problem === null) return;
  yield instanceFault(context, 'argument_value', context.used.isExact ? 'error' : 'warning', key, {
    message: `\`${argument.name}\` ${problem}.`,
    hint: `So it is in ${context.used.called}.`,
  });
}

function unknownFault(context: InstanceContext, written: string, key: string): Fault {
  const { used } = context;
  const name = written.split('.')[0]!.replaceAll('_', '-');
  const retired = RETIRED_ARGUMENTS.get(name);
  if (retired !== undefined) {
    const message = `vLLM has no argument \`${written}\`.`;
    return instanceFault(context, 'retired_name', 'error', key, { message, hint: `Use ${retired}.` });
  }
  const severity = used.isExact ? 'error' : 'warning';
  const others = versionsWith(name);
  const meant = suggest(
    name.replaceAll('-', '_'),
    Object.keys(used.table.flags).map((flag) => flag.replaceAll('-', '_')),
  );
  return instanceFault(context, 'unknown_argument', severity, key, {
    message: `\`${written}\` is not an argument of ${used.called}.`,
    hint:
      others.length > 0
        ? `${others.join(' and ')} ${others.length === 1 ? 'has' : 'have'} it: use such an image, or remove it.`
        : /\s/.test(written)
          ? 'Write a flag and its value as two entries.'
          : meant === null
            ? 'Remove it, or set services.vllm_version if the image has a newer version.'
            : `Did you mean \`${meant.replaceAll('_', '-')}\`?`,
  });
}
