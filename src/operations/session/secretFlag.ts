import type { Secret, SecretSource } from '../../deployment/secret.ts';
import { UserError } from '../../errors/userError.ts';
import { resolveSecret } from './secrets.ts';

/** Where a flag finds its secret; never the secret itself, which every user of this machine could list. */
export function secretSourceOf(flag: string, written: string): SecretSource {
  const [, from, rest = ''] = /^(env|file|command):(.+)$/s.exec(written) ?? [];
  if (from === 'env') return { from, variable: rest };
  if (from === 'file') return { from, path: rest };
  if (from === 'command') return { from, argv: ['sh', '-c', rest] };
  throw new UserError('bad_usage', `${flag} is where the secret is kept, not the secret itself`, {
    hint: `Write ${flag} env:NAME, file:PATH or command:"PROGRAM ARGUMENTS".`,
  });
}

/** The secret that a flag names; null: the flag is not given. */
export async function secretOfFlag(flag: string, written: string | undefined): Promise<Secret | null> {
  return written === undefined ? null : resolveSecret(secretSourceOf(flag, written));
}
