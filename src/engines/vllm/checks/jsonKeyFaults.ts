import type { JsonObject } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import { suggest } from '../../../deployment/suggest.ts';
import { type InstanceContext, instanceFault } from './checkContext.ts';

/** Keys of a map that the JSON of an argument does not have in this version. */
export function* jsonKeyFaults(
  context: InstanceContext,
  flag: string,
  key: string,
  written: JsonObject,
): Generator<Fault> {
  const { table, called, isExact } = context.used;
  const known = table.jsonKeys[flag] ?? [];
  for (const name of Object.keys(written)) {
    if (known.includes(name)) continue;
    const meant = suggest(name, known);
    yield instanceFault(context, 'engine_key', isExact ? 'error' : 'warning', `${key}.${name}`, {
      message: `${flag} of ${called} has no \`${name}\`.`,
      hint: meant === null ? `It has ${known.join(', ')}.` : `Did you mean \`${meant}\`?`,
    });
  }
}
