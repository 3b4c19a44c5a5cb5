import { type Field, fieldAt } from '../deployment/schema.ts';

/** What may stand under a key of a place, where engine omni reads the key; undefined: it does not. */
export function omniKey(place: readonly string[], key: string): Field | undefined {
  const engines = fieldAt(place)?.properties?.[key]?.['x-engines'];
  return engines === undefined || engines.includes('omni') ? fieldAt([...place, key]) : undefined;
}
