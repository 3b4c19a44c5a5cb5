import { isMap } from '../files/maps.ts';
import type { ServerRole } from './deployment.ts';
import { DEVICES_ALIAS, DEVICES_KEY } from './devicesKey.ts';
import { mapsAt } from './schema.ts';
import { valueAt } from './schemaFaults.ts';

const DEFAULTS = ['deployment', 'defaults'];
/** Settings of a role that are maps; those of an engine too. */
const MERGED_KEYS = new Set(mapsAt(['services', 'prefill']));

export type Values = Readonly<Record<string, unknown>>;

/** A map of the file that says something about a group's host. */
export interface Layer {
  readonly path: readonly string[];
  readonly values: Values;
}

/** What the file says, and what `-e` says alone. */
export interface Documents {
  readonly plain: unknown;
  readonly alone: unknown;
}

/**
 * All that is said of a group (of one of its hosts, with `block`), from the weakest to the strongest:
 * `services.<role>` < `deployment.defaults` < group < `host <ip>` < `-e`.
 */
export function groupLayers(
  documents: Documents,
  role: ServerRole,
  group: string,
  block: string | null,
): readonly Layer[] {
  const groupPath = ['deployment', role, group];
  const paths = [['services', role], DEFAULTS, groupPath, ...(block === null ? [] : [[...groupPath, block]])];
  return [documents.plain, documents.alone].flatMap((root) => paths.flatMap((path) => layerAt(root, path)));
}

/** All that is said of the proxy, from the weakest to the strongest. */
export function proxyLayers(documents: Documents): readonly Layer[] {
  const paths = [DEFAULTS, ['deployment', 'proxy']];
  return [documents.plain, documents.alone].flatMap((root) => paths.flatMap((path) => layerAt(root, path)));
}

/** Later layers win; maps of settings are merged key by key, everything else is replaced. */
export function mergeLayers(layers: readonly Values[]): Values {
  const merged: Record<string, unknown> = {};
  for (const values of layers) {
    for (const [written, value] of Object.entries(values)) {
      const key = written === DEVICES_ALIAS ? DEVICES_KEY : written;
      merged[key] = MERGED_KEYS.has(key) ? mergeDeep(merged[key], value) : value;
    }
  }
  return merged;
}

export function layerAt(root: unknown, path: readonly string[]): readonly Layer[] {
  const values = valueAt(root, path);
  return isMap(values) ? [{ path, values }] : [];
}

function mergeDeep(weaker: unknown, stronger: unknown): unknown {
  if (!isMap(weaker) || !isMap(stronger)) return isMap(stronger) ? { ...stronger } : stronger;
  const merged: Record<string, unknown> = { ...weaker };
  for (const [key, value] of Object.entries(stronger)) merged[key] = mergeDeep(merged[key], value);
  return merged;
}
