import type { Fault } from '../../../deployment/fault.ts';
import { suggest } from '../../../deployment/suggest.ts';
import { isMap } from '../../../files/maps.ts';
import { versionsWith } from '../flags/flagTable.ts';
import { valueProblem } from '../flags/valueProblem.ts';
import { type StrayValue, type WrittenArgument, writtenArguments } from '../flags/writtenArguments.ts';
import { type InstanceContext, instanceFault } from './checkContext.ts';
import { jsonEntryFaults, valueHint } from './checkJson.ts';
import { insteadOf, OWN_ARGUMENTS, REFUSED_ARGUMENTS, REMOVED_ARGUMENTS, RETIRED_ARGUMENTS } from './knownNames.ts';

/** `extra_args` against the arguments of the version that runs. */
export function* checkArguments(context: InstanceContext): Generator<Fault> {
  const { settings, used } = context;
  const { found, stray } = writtenArguments(settings.extraArgs, used.table);
  for (const argument of found) yield* argumentFaults(context, argument);
  for (const value of stray) {
    yield instanceFault(context, 'engine_argument', 'error', `extra_args.${value.index}`, strayWords(value));
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
  const refused = REFUSED_ARGUMENTS.get(argument.name);
  if (refused !== undefined) {
    yield instanceFault(context, 'engine_argument', 'error', key, {
      message: `\`${argument.name}\` ${refused}.`,
      hint: argument.name === '--config' ? 'Write what it contains as keys and extra_args.' : 'Remove it.',
    });
    return;
  }
  const problem = valueProblem(argument);
  if (problem !== null) {
    yield instanceFault(context, 'argument_value', context.used.isExact ? 'error' : 'warning', key, {
      message: `\`${argument.name}\` ${problem}.`,
      hint: valueHint(context.used, argument.flag?.choices, argument.values),
    });
    return;
  }
  for (const [name, value] of writtenKeys(argument)) {
    yield* jsonEntryFaults(context, { flag: argument.name, path: key, name, value });
  }
}

/** Keys of JSON that are written one by one, or all at once. */
function writtenKeys({ key, flag, values: [value = ''] }: WrittenArgument): readonly (readonly [string, unknown])[] {
  // what is behind another point is a key of its value
  if (key !== null) return [[key.split('.')[0]!, key.includes('.') ? null : value]];
  const json = flag?.type === 'json' ? jsonObject(value) : null;
  return json === null ? [] : Object.entries(json);
}

function jsonObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return isMap(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

function strayWords({ value, after }: StrayValue): { readonly message: string; readonly hint: string } {
  const isSwitch = after?.flag?.type === 'switch' || after?.flag?.type === 'flag';
  if (isSwitch && /^(true|false|1|0|yes|no)$/i.test(value)) {
    const isOff = /^(false|0|no)$/i.test(value);
    const off = after.flag?.type === 'flag' ? `Write \`--no-${after.name!.slice(2)}\`.` : 'Remove both.';
    return {
      message: `\`${after.name}\` takes no value; it has \`${value}\`.`,
      hint: isOff ? off : 'Remove the value.',
    };
  }
  const message = `No argument takes the value ${JSON.stringify(value)}.`;
  if (/^[\u2010-\u2015]/.test(value))
    return {
      message,
      hint: `It begins with a dash: write two hyphens, \`--${value.replace(/^[\u2010-\u2015]+/, '')}\`.`,
    };
  if (/^-?-?[\w-]+\s/.test(value)) return { message, hint: 'Write a flag and its value as two entries.' };
  return { message, hint: 'Remove it, or write its flag before it.' };
}

function unknownFault(context: InstanceContext, written: string, key: string): Fault {
  const { used } = context;
  const name = written.split('.')[0]!.replaceAll('_', '-');
  const retired = retiredWords(written, name);
  // a version before all that is known may have it
  if (retired !== null) return instanceFault(context, 'retired_name', used.isOlder ? 'warning' : 'error', key, retired);
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

function retiredWords(written: string, name: string): { readonly message: string; readonly hint: string } | null {
  const successor = RETIRED_ARGUMENTS.get(name);
  if (successor !== undefined) return { message: `vLLM has no argument \`${written}\`.`, hint: insteadOf(successor) };
  const reason = REMOVED_ARGUMENTS.get(name);
  if (reason === undefined) return null;
  return { message: `The argument \`${written}\` was removed from vLLM.`, hint: `Remove it: ${reason}.` };
}
