import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { UserError } from '../../errors/userError.ts';
import { publicHalf } from '../../transport/opensshKey.ts';
import { BadKeyForm, publicLineOfKey } from '../../transport/privateKey.ts';
import { generateKeyPairSync } from '../../transport/ssh2.ts';

export interface KeyPair {
  /** Absolute. */
  readonly path: string;
  /** `ssh-ed25519 AAAA... comment` */
  readonly publicLine: string;
  readonly created: boolean;
  /** What was set to the modes that ssh asks for: `0644 -> 0600 /root/.ssh/id`. */
  readonly mended: readonly string[];
}

/**
 * The key at `path`, made where there is none. Its folder gets mode 700, the private half 600, the public half 644: ssh takes
 * no other.
 */
export async function keyPairAt(path: string, comment: string, passphrase: string | null = null): Promise<KeyPair> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const before = await readFile(path, 'utf8').catch(absent);
  const created = before === null;
  if (before === null) {
    const made = generateKeyPairSync('ed25519', { comment });
    // not over a key that came while we looked
    await writeFile(path, made.private, { mode: 0o600, flag: 'wx' });
    await writeFile(`${path}.pub`, `${made.public}\n`, { mode: 0o644 });
  }
  const publicLine = await publicLineOf(path, before, passphrase);
  const wanted: readonly (readonly [string, number])[] = [
    // another folder than ssh's own may be shared on purpose
    ...(basename(folder) === '.ssh' ? ([[folder, 0o700]] as const) : []),
    [path, 0o600],
    [`${path}.pub`, 0o644],
  ];
  const mended: string[] = [];
  for (const [file, mode] of wanted) {
    const found = (await stat(file)).mode & 0o777;
    if (found === mode) continue;
    await chmod(file, mode);
    if (!created) mended.push(`${octal(found)} -> ${octal(mode)} ${file}`);
  }
  return { path, publicLine, created, mended };
}

async function publicLineOf(path: string, privateText: string | null, passphrase: string | null): Promise<string> {
  const written = await readFile(`${path}.pub`, 'utf8').catch(absent);
  if (written !== null && written.trim() !== '') return written.trim();
  const line = publicHalf(privateText ?? '') ?? publicFromPem(path, privateText ?? '', passphrase);
  await writeFile(`${path}.pub`, `${line}\n`, { mode: 0o644 });
  return line;
}

function publicFromPem(path: string, text: string, passphrase: string | null): string {
  try {
    return publicLineOfKey(text, path, passphrase);
  } catch (error) {
    if (!(error instanceof BadKeyForm)) throw error;
    throw new UserError('bad_key', `${path} ${error.what}`, { hint: error.hint });
  }
}

function octal(mode: number): string {
  return `0${mode.toString(8).padStart(3, '0')}`;
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
