import type { Json, JsonObject } from '../deployment/deployment.ts';
import { isMap } from '../files/maps.ts';

/** `over` on top of `base`, maps merged at every depth; lists and plain values are replaced whole. */
export function mergeJson(base: JsonObject, over: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isMap(below) && isMap(value) ? mergeJson(below, value) : value;
  }
  return merged;
}

/** A null leaves its key out. */
export function withoutNulls(map: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== null));
}
