import { readFileSync } from 'node:fs';
import { Refusal } from '../../shared/refusal.ts';

/** Reads a JSON file and fails in Python's words. */
export function readJson(path: string): unknown {
  const text = readPythonText(path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Refusal('json.decoder.JSONDecodeError', `${path}: ${(cause as Error).message}`);
  }
}

export function readPythonText(path: string): string {
  return readFileBytes(path).toString('utf8');
}

export function readFileBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new Refusal('FileNotFoundError', `[Errno 2] No such file or directory: '${path}'`);
    if (code === 'EISDIR') throw new Refusal('IsADirectoryError', `[Errno 21] Is a directory: '${path}'`);
    throw new Refusal('PermissionError', `[Errno 13] Permission denied: '${path}'`);
  }
}
