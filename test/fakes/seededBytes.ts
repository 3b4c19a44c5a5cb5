import { createCipheriv } from 'node:crypto';
import { SEED } from './seed.ts';

let given = 0;

/** Bytes that pack no better than random ones: other ones at each call, and the same in every run with one seed. */
export function seededBytes(size: number): Buffer {
  const key = Buffer.alloc(16);
  key.writeUInt32LE(SEED);
  const counter = Buffer.alloc(16);
  given += 1;
  counter.writeUInt32LE(given);
  return createCipheriv('aes-128-ctr', key, counter).update(Buffer.alloc(size));
}
