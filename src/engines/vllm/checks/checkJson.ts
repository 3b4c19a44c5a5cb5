import type { JsonObject } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import { suggest } from '../../../deployment/suggest.ts';
import type { Flag } from '../flags/flag.ts';
import type { UsedTable } from '../flags/flagTable.ts';
import { jsonValueProblem } from '../flags/jsonValueProblem.ts';
import { OFFLOAD_CONNECTOR } from '../kv/connectors.ts';
import { type InstanceContext, instanceFault } from './checkContext.ts';

const TEXT_CHARS = 60;
/** A hint with more names than that is not read. */
const MOST_NAMES = 15;
const SHORTEST_MEANT = 6;
/** omniplace's own, refused elsewhere. */
const MADE_HERE = ['kv_transfer_config.kv_connector', 'kv_transfer_config.kv_role'];

/** Maps of the deployment file that become the JSON of an argument: keys that it does not have in this version, and values. */
export function* checkJson(context: InstanceContext): Generator<Fault> {
  const { own, instance } = context;
  const maps: readonly (readonly [flag: string, key: string, written: JsonObject])[] = [
    ...(instance.role === 'mixed' && own.kvConnector !== OFFLOAD_CONNECTOR
      ? []
      : [['--kv-transfer-config', 'kv_transfer_config', own.kvTransferConfig] as const]),
    ['--eplb-config', 'eplb_config', own.eplbConfig],
    ['--compilation-config', 'compilation_config', own.compilationConfig],
    ['--speculative-config', 'speculative_config', own.speculativeConfig],
  ];
  for (const [flag, key, written] of maps) {
    for (const [name, value] of Object.entries(written)) {
      const path = `${key}.${name}`;
      if (!MADE_HERE.includes(path)) yield* jsonEntryFaults(context, { flag, path, name, value });
    }
  }
}

interface JsonEntry {
  readonly flag: string;
  /** In the deployment file. */
  readonly path: string;
  readonly name: string;
  readonly value: unknown;
}

/** A key of an argument's JSON with its value. */
export function* jsonEntryFaults(context: InstanceContext, entry: JsonEntry): Generator<Fault> {
  const known = context.used.table.jsonKeys[entry.flag];
  if (known === undefined) return;
  const kind = known[entry.name];
  yield* kind === undefined ? unknownKey(context, entry, Object.keys(known)) : wrongValue(context, entry, kind);
}

/** What a wrong value may have been meant as. */
export function valueHint(used: UsedTable, choices: Flag['choices'], values: readonly unknown[]): string {
  const [value] = values.map(String);
  // of short ones, such as fp16 and fp8, the nearest is not the one that was meant
  const isLong = values.length === 1 && value!.length >= SHORTEST_MEANT;
  const meant = choices === undefined || !isLong ? null : suggest(value!, choices.map(String));
  return meant === null ? `So it is in ${used.called}.` : `Did you mean \`${meant}\`?`;
}

function* unknownKey(
  context: InstanceContext,
  { flag, path, name }: JsonEntry,
  known: readonly string[],
): Generator<Fault> {
  const { called, isExact } = context.used;
  const meant = suggest(name, known);
  const others = known.length > MOST_NAMES ? 'Remove it, or correct its name.' : `It has ${known.join(', ')}.`;
  yield instanceFault(context, 'engine_key', isExact ? 'error' : 'warning', path, {
    message: `${flag} of ${called} has no \`${name}\`.`,
    hint: meant === null ? others : `Did you mean \`${meant}\`?`,
  });
}

function* wrongValue(context: InstanceContext, { flag, path, name, value }: JsonEntry, kind: Flag): Generator<Fault> {
  const problem = jsonValueProblem(kind, value);
  if (problem === null) return;
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const short = text.length > TEXT_CHARS ? `${text.slice(0, TEXT_CHARS - 3)}...` : text;
  const called = path.startsWith('extra_args') ? `${name} of ${flag}` : `\`${path}\``;
  yield instanceFault(context, 'argument_value', context.used.isExact ? 'error' : 'warning', path, {
    message: `${called} must be ${problem}; it is \`${short}\`.`,
    hint: valueHint(context.used, kind.choices, [value]),
  });
}
