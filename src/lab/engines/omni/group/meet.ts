import type { Rank } from '../rank/rank.ts';
import type { Group, GroupOptions } from './group.ts';
import { leadGroup } from './leader.ts';
import { joinGroup } from './member.ts';

/** Rank 0 listens, the others come; a process that is its whole instance meets nobody. */
export function meetGroup(rank: Rank, options: GroupOptions): Promise<Group> {
  if (rank.dpSize === 1) {
    return Promise.resolve({
      barrier: () => Promise.resolve(),
      collect: () => Promise.resolve(options.counts().slice()),
      async change(decide) {
        options.take(decide(options.counts().slice()));
      },
      giveWindow: null,
    });
  }
  return rank.dpRank === 0 ? leadGroup(rank, options) : joinGroup(rank, options);
}
