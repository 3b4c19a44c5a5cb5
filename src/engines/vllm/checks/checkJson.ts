import type { JsonObject } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import { suggest } from '../../../deployment/suggest.ts';
import type { Flag } from '../flags/flag.ts';
import { jsonValueProblem } from '../flags/jsonValueProblem.ts';
import { type InstanceContext, instanceFault } from './checkContext.ts';

const TEXT_CHARS = 60;
/** A hint with more names than that is not read. */
const MOST_NAMES = 15;
/** omniplace's own, refused elsewhere. */
const MADE_HERE = ['kv_transfer_config.kv_connector', 'kv_transfer_config.kv_role'];

/** Maps of the deployment file that become the JSON of an argument: keys that it does not have in this version, and values. */
export function* checkJson(context: InstanceContext): Generator<Fault> {
  const { own, instance } = context;
  const maps: readonly (readonly [flag: string, key: string, written: JsonObject])[] = [
    ...(instance.role === 'mixed'
      ? []
      : [['--kv-transfer-config', 'kv_transfer_config', own.kvTransferConfig] as const]),
    ['--eplb-config', 'eplb_config', own.eplbConfig],
    ['--compilation-config', 'compilation_config', own.compilationConfig],
    ['--speculative-config', 'speculative_config', own.speculativeConfig],
  ];
  for (const [flag, key, written] of maps) {
    const known = context.used.table.jsonKeys[flag] ?? {};
    for (const [name, value] of Object.entries(written)) {
      const path = `${key}.${name}`;
      const kind = known[name];
      if (kind === undefined) yield* unknownKey(context, [flag, path], Object.keys(known), name);
      else if (!MADE_HERE.includes(path)) yield* wrongValue(context, path, kind, value);
    }
  }
}

function* unknownKey(
  context: InstanceContext,
  [flag, path]: readonly [string, string],
  known: readonly string[],
  name: string,
): Generator<Fault> {
  const { called, isExact } = context.used;
  const meant = suggest(name, known);
  const others = known.length > MOST_NAMES ? 'Remove it, or correct its name.' : `It has ${known.join(', ')}.`;
  yield instanceFault(context, 'engine_key', isExact ? 'error' : 'warning', path, {
    message: `${flag} of ${called} has no \`${name}\`.`,
    hint: meant === null ? others : `Did you mean \`${meant}\`?`,
  });
}

function* wrongValue(context: InstanceContext, path: string, kind: Flag, value: unknown): Generator<Fault> {
  const problem = jsonValueProblem(kind, value);
  if (problem === null) return;
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const short = text.length > TEXT_CHARS ? `${text.slice(0, TEXT_CHARS - 3)}...` : text;
  yield instanceFault(context, 'argument_value', context.used.isExact ? 'error' : 'warning', path, {
    message: `\`${path}\` must be ${problem}; it is \`${short}\`.`,
    hint: `So it is in ${context.used.called}.`,
  });
}
