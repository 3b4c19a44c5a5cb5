import { UserError } from '../../errors/userError.ts';
import type { Selection } from '../../plan/select.ts';
import type { Tag } from '../../plan/tags.ts';
import type { FlagsOf } from '../session/flagsOf.ts';
import { selectionOf, tagsOf } from '../session/runFlags.ts';
import { transferWish } from '../session/transferFlags.ts';
import { type Again, resumeWish } from './resumeWish.ts';
import type { ServeChoices } from './serveCommand.ts';
import type { serveFlags } from './serveFlags.ts';

type ServeFlags = FlagsOf<typeof serveFlags>;

/** What the flags of `serve` ask for, and the session that it takes. */
export interface ServeWish {
  /** With the overrides of the run that is to be finished. */
  readonly flags: ServeFlags;
  readonly file: string | undefined;
  readonly forTags: ReadonlySet<Tag>;
  readonly journaled: boolean;
  readonly selection: Selection;
  readonly choices: ServeChoices;
}

/** @throws UserError without a deployment file, or when there is no run to finish */
export async function serveWish(named: string | undefined, flags: ServeFlags): Promise<ServeWish> {
  const again = await runOf(named, flags);
  const list = flags['list-tasks'] ? 'tasks' : flags['list-hosts'] ? 'hosts' : flags['list-tags'] ? 'tags' : null;
  return {
    flags: { ...flags, override: again.overrides },
    file: again.file,
    forTags: tagsOf(again.selection),
    journaled: !flags.check && list === null,
    selection: again.selection,
    choices: {
      checkOnly: flags.check,
      diff: flags.diff,
      factsFile: flags.facts,
      list,
      yes: flags.yes,
      forks: flags.forks,
      transfer: transferWish(flags),
      overrides: again.overrides,
      rollback: flags.rollback,
      resumable: again.resumable,
    },
  };
}

/** A run of its own, or the one of before that is to be finished. */
async function runOf(named: string | undefined, flags: ServeFlags): Promise<Again> {
  const selection = selectionOf(flags);
  if (flags.resume || flags.failed) return resumeWish(named, flags.override, flags.failed);
  if (named === undefined) {
    throw new UserError('bad_usage', 'Missing the deployment file.', { hint: 'omniplace serve cluster.yml' });
  }
  return { file: named, selection, overrides: flags.override, resumable: null };
}
