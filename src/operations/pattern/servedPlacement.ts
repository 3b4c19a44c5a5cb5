import { UserError } from '../../errors/userError.ts';
import { sha256 as sha256Of } from '../../files/digests.ts';
import { readBytes } from '../../files/readBytes.ts';
import type { DumpFolder } from './dumpFolder.ts';

export interface Served {
  /** `base`, or the path of the placement that served */
  readonly under: string;
  /** nothing says so; why, where the manifest knows */
  readonly guessed: { readonly because: string | null } | null;
}

/** What served while a folder was recorded: as the user says, else its manifest. They must not contradict each other. */
export async function servedPlacement({ folder, manifest }: DumpFolder, asked: string | undefined): Promise<Served> {
  const recorded = manifest?.recorded ?? { kind: 'unknown' as const, because: null };
  if (recorded.kind === 'digest') return { under: await ofDigest(folder, recorded.sha256, asked), guessed: null };
  if (asked !== undefined && asked !== 'base' && recorded.kind === 'base')
    throw contradiction(folder, asked, 'the base placement');
  if (asked !== undefined) return { under: asked, guessed: null };
  if (recorded.kind === 'file') return { under: recorded.path, guessed: null };
  return { under: 'base', guessed: recorded.kind === 'base' ? null : { because: recorded.because } };
}

async function ofDigest(folder: string, sha256: string, asked: string | undefined): Promise<string> {
  const pattern = `the pattern with the digest ${sha256.slice(0, 12)}`;
  if (asked === undefined) {
    throw new UserError('recorded_under_unknown', `${folder}: was recorded under ${pattern}`, {
      hint: 'Say which file that is with --recorded-under.',
    });
  }
  const digest = asked === 'base' ? null : sha256Of(await readBytes(asked));
  if (digest !== sha256) throw contradiction(folder, asked, pattern);
  return asked;
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
