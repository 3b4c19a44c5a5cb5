import type { ServerRole } from '../deployment/deployment.ts';
import type { Place, Positions } from '../deployment/positions.ts';

export interface GroupAt {
  readonly role: ServerRole;
  readonly name: string;
  /** One host of the group; null: the group as a whole. */
  readonly address: string | null;
}

/**
 * Where a group's value was written: the strongest of the places that may say it, as precedence goes (`host <ip>`, group,
 * `deployment.defaults`, `services.<role>`); the group where none does, because the value is a default. Of several keys that
 * may say it, the first that is written counts.
 */
export function writtenAt(
  placeOf: Positions,
  group: GroupAt,
  key: string | readonly string[],
  at?: 'key',
): { readonly path: string } & Place {
  const groupPath = `deployment.${group.role}.${group.name}`;
  const maps = [
    ...(group.address === null ? [] : [`${groupPath}.host ${group.address}`]),
    groupPath,
    'deployment.defaults',
    `services.${group.role}`,
  ];
  for (const name of typeof key === 'string' ? [key] : key) {
    for (const map of maps) {
      if (isWritten(placeOf, map, name)) return { path: `${map}.${name}`, ...placeOf(`${map}.${name}`, at) };
    }
  }
  return { path: groupPath, ...placeOf(groupPath) };
}

/** A value that is not there is placed at the nearest map around it. */
function isWritten(placeOf: Positions, map: string, key: string): boolean {
  const parts = key.split('.');
  const place = placeOf(`${map}.${key}`);
  return parts.every((_, i) => !same(place, placeOf([map, ...parts.slice(0, i)].join('.')))) || place.line === null;
}

function same(a: Place, b: Place): boolean {
  return a.line === b.line && a.col === b.col;
}
