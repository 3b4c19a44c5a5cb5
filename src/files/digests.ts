import { createHash } from 'node:crypto';

/** sha256 in hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** sha256 of a value's JSON, keys in the order given. */
export function digestOf(value: unknown): string {
  return sha256(JSON.stringify(value));
}

/** The first 12 digits, as docker shows them. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}
