import { UserError } from '../../errors/userError.ts';
import { sha256 as sha256Of } from '../../files/digests.ts';
import { readBytes } from '../../files/readBytes.ts';
import type { DumpFolder } from './dumpFolder.ts';
import { fileOfDigest, fileOfShape } from './findServed.ts';
import type { PlacementHints } from './readPlacement.ts';

export interface Served {
  /** `base`, or the path of the placement that served */
  readonly under: string;
  /** nothing says so; why, where the manifest knows */
  readonly guessed: { readonly because: string | null } | null;
  /** how `under` was found, where neither the user nor the manifest names the file */
  readonly found?: string;
}

/** Where a placement is looked for that is not named. */
export interface Search extends PlacementHints {
  /** files that are given for another purpose */
  readonly candidates?: readonly string[] | undefined;
}

/** What served while a folder was recorded: as the user says, else its manifest. They must not contradict each other. */
export async function servedPlacement(
  dump: DumpFolder,
  asked: string | undefined,
  search: Search = {},
): Promise<Served> {
  const { folder, manifest } = dump;
  const { candidates = [] } = search;
  const recorded = manifest?.recorded ?? { kind: 'unknown' as const, because: null };
  if (recorded.kind === 'digest') {
    const { sha256 } = recorded;
    const file = asked === undefined ? await fileOfDigest(sha256, candidates, folder) : null;
    if (file === null) return { under: await ofDigest(folder, sha256, asked, candidates), guessed: null };
    return { under: file, guessed: null, found: `was recorded under ${file}, which has the digest of its manifest` };
  }
  if (asked !== undefined && asked !== 'base' && recorded.kind === 'base')
    throw contradiction(folder, asked, 'the base placement');
  if (asked !== undefined) return { under: asked, guessed: null };
  if (recorded.kind === 'file') return { under: recorded.path, guessed: null };
  const fitting = recorded.kind === 'base' ? null : await fileOfShape(dump, candidates, search);
  if (fitting !== null)
    return {
      under: fitting,
      guessed: null,
      found: `its columns are taken for the slots of ${fitting}, which has as many`,
    };
  return { under: 'base', guessed: recorded.kind === 'base' ? null : { because: recorded.because } };
}

async function ofDigest(
  folder: string,
  sha256: string,
  asked: string | undefined,
  candidates: readonly string[],
): Promise<string> {
  const pattern = `the pattern with the digest ${sha256.slice(0, 12)}`;
  if (asked === undefined) {
    throw new UserError('recorded_under_unknown', `${folder}: was recorded under ${pattern}`, {
      hint: `${triedWords(candidates)}Say which file that is with --recorded-under.`,
    });
  }
  const digest = asked === 'base' ? null : sha256Of(await readBytes(asked));
  if (digest !== sha256) throw contradiction(folder, asked, pattern);
  return asked;
}

function triedWords(candidates: readonly string[]): string {
  if (candidates.length === 0) return 'No pattern of balance near it has this digest. ';
  return `Neither ${candidates.join(', ')} nor a pattern of balance near it has this digest. `;
}

function contradiction(folder: string, asked: string, recorded: string): UserError {
  return new UserError(
    'recorded_under_unknown',
    `${folder}: manifest.json says it was recorded under ${recorded}, not ${asked}`,
    {
      hint: 'Name the placement that served. Where the manifest is wrong, move it away.',
    },
  );
}
