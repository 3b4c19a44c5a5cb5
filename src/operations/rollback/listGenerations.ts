import type { Kept } from '../../state/kept.ts';
import { chooseTarget } from '../generations/chooseTarget.ts';
import { desiredOnHosts } from '../generations/desiredOnHosts.ts';
import type { HostKept } from '../generations/readKept.ts';

/** A generation that hosts keep. */
export interface ListedGeneration extends Pick<Kept, 'generation' | 'run'> {
  /** `user@machine` that served it first; null: not recorded. */
  readonly by: string | null;
  /** ISO 8601 */
  readonly at: string | null;
  readonly file: string;
  /** sha256 of the deployment file's text; null: not recorded. */
  readonly digest: string | null;
  readonly overrides: readonly string[];
  /** What it changed, key by key. */
  readonly keys: readonly string[];
  /** Hosts of it that answered and do not keep it. */
  readonly missingOn: readonly string[];
  /** It is what the hosts should run. */
  readonly isDesired: boolean;
  /** It is where `rollback` goes. */
  readonly isNext: boolean;
}

export interface Listed {
  readonly generations: readonly ListedGeneration[];
  /** Hosts that did not answer, and why. */
  readonly silent: readonly { readonly host: string; readonly problem: string }[];
}

/** What can be gone back to, the one that served last first. */
export function listGenerations(found: readonly HostKept[]): Listed {
  const answered = found.filter(({ problem }) => problem === null);
  const silent = found.flatMap(({ address, problem }) => (problem === null ? [] : [{ host: address, problem }]));
  const lines = new Map(answered.flatMap(({ kept }) => kept.map((line) => [line.generation, line] as const)));
  const desired = desiredOnHosts(answered)?.generation;
  const next = chooseTarget(answered, null);
  const generations = [...lines.values()].flatMap(({ generation, run }): ListedGeneration[] => {
    const record = answered.map(({ records }) => records.get(generation)).find((each) => each !== undefined);
    if (record === undefined) return [];
    const { served, deployment, hosts } = record;
    const missingOn = answered.flatMap(({ address, records }) =>
      hosts.includes(address) && !records.has(generation) ? [address] : [],
    );
    return [
      {
        generation,
        run,
        by: served?.by ?? null,
        at: served?.at ?? null,
        file: deployment.file,
        digest: deployment.source?.digest ?? null,
        overrides: deployment.source?.overrides ?? [],
        keys: served?.keys ?? [],
        missingOn,
        isDesired: generation === desired,
        isNext: typeof next !== 'string' && next.generation === generation,
      },
    ];
  });
  return { generations: generations.reverse(), silent };
}
