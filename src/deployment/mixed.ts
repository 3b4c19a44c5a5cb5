import { commaList } from './commaList.ts';
import { missingKey, type SchemaFault, valueAt } from './schemaFaults.ts';
import type { WrittenGroup } from './writtenGroups.ts';

const ROLES = ['prefill', 'decode', 'proxy'] as const;

/** Prefill, decode and proxy go together; only mixed servers do without them. */
export function* missingRoles(plain: unknown, isFaulty: (path: readonly string[]) => boolean): Generator<SchemaFault> {
  const isSaid = (key: string) => valueAt(plain, ['deployment', key]) !== undefined || isFaulty(['deployment', key]);
  if (isFaulty(['deployment']) || valueAt(plain, ['deployment']) === undefined) return;
  if (isSaid('mixed')) return;
  for (const role of ROLES) if (!isSaid(role)) yield missingKey(['deployment', role]);
}

/** What mixed groups can't have. */
export function* mixedFaults(plain: unknown, groups: readonly WrittenGroup[]): Generator<SchemaFault> {
  const mixed = groups.filter(({ role }) => role === 'mixed');
  if (mixed.length === 0) return;
  const beside = ROLES.filter((role) => valueAt(plain, ['deployment', role]) !== undefined);
  if (beside.length > 0) {
    yield {
      code: 'mixed_with_roles',
      path: ['deployment', 'mixed'],
      message: `\`mixed\` stands beside ${beside.map((role) => `\`${role}\``).join(', ')}.`,
      hint: 'Mixed servers answer for themselves: remove `mixed`, or all of the others.',
    };
  }
  for (const { layer } of mixed) {
    const hosts = commaList(layer.values.hosts);
    if (hosts.length < 2) continue;
    yield {
      code: 'mixed_over_hosts',
      path: [...layer.path, 'hosts'],
      message: `\`${layer.path.join('.')}\` has ${hosts.length} hosts; a mixed server runs on one.`,
      hint: 'Write a group for each host.',
    };
  }
}
