import type { ImportedHost, ImportedInstance } from './cluster.ts';

/** A host with what tells which instance it is part of. */
export interface Member {
  readonly host: ImportedHost;
  /** Members of one instance share it. */
  readonly instance: string;
  /** Order of the instance among those of its role; null: as in the file. */
  readonly order: number | null;
  /** Order within the instance; null: as in the file. */
  readonly rank: number | null;
  /** Address of its master. */
  readonly master: string | null;
}

/** Members, in the order of the file, gathered to instances, each with its master first. */
export function gatherInstances(members: readonly Member[]): readonly Omit<ImportedInstance, 'settings'>[] {
  const gathered = new Map<string, Member[]>();
  for (const member of members) gathered.set(member.instance, [...(gathered.get(member.instance) ?? []), member]);
  const instances = [...gathered.values()].map((of) => ({ of: of.sort(byMasterThenRank), order: of[0]!.order }));
  return instances
    .sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
    .map(({ of }) => ({ group: null, hosts: of.map(({ host }) => host) }));
}

function byMasterThenRank(a: Member, b: Member): number {
  const isMaster = (member: Member) => (member.master === member.host.address ? 0 : 1);
  return isMaster(a) - isMaster(b) || (a.rank ?? 0) - (b.rank ?? 0);
}
