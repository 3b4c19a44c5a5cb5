import { readFile } from 'node:fs/promises';
import { UserError } from '../errors/userError.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of the path is no folder',
  EACCES: 'may not be read',
  EISDIR: 'is a folder',
  ERR_FS_FILE_TOO_LARGE: 'is larger than 2 GiB',
};

/** A file's bytes; `-` is stdin. */
export async function readBytes(file: string): Promise<Uint8Array> {
  if (file === '-') return readStdin();
  try {
    return await readFile(file);
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** The file system's refusal in words. */
export function unreadable(file: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const why = REASONS[code] ?? `can't be read: ${(error as Error).message}`;
  return new UserError('unreadable_file', `${file}: ${why}`, {
    hint: 'Check the path and its permissions.',
    cause: error,
  });
}

async function readStdin(): Promise<Uint8Array> {
  if (process.stdin.isTTY) {
    throw new UserError('no_input', 'stdin is a terminal, nothing is piped into it', {
      hint: 'Pipe a .npy or CSV: omniplace pattern build --load - < load.npy',
    });
  }
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
