import { isMap } from '../files/maps.ts';
import type { ServerRole } from './deployment.ts';
import { type Layer, layerAt } from './layers.ts';
import { valueAt } from './schemaFaults.ts';

/** A group as the file writes it. */
export interface WrittenGroup {
  readonly role: ServerRole;
  readonly name: string;
  readonly layer: Layer;
}

export function groupsOf(plain: unknown): readonly WrittenGroup[] {
  return (['prefill', 'decode', 'mixed'] as const).flatMap((role) => {
    const groups = valueAt(plain, ['deployment', role]);
    if (!isMap(groups)) return [];
    return Object.keys(groups).flatMap((name) =>
      layerAt(plain, ['deployment', role, name]).map((layer) => ({ role, name, layer })),
    );
  });
}

/** The `host <ip>` blocks of a group. */
export function hostBlocks(group: Layer): readonly Layer[] {
  return Object.entries(group.values).flatMap(([key, values]) =>
    key.startsWith('host ') && isMap(values) ? [{ path: [...group.path, key], values }] : [],
  );
}

export function blockAddress(key: string): string {
  return key.replace(/^host\s+/, '');
}
