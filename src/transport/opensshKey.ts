import type { KeyObject } from 'node:crypto';

const MAGIC = 'openssh-key-v1\0';
/** Two equal numbers that show whether a passphrase was right; any, where there is none. */
const CHECK = 0x2a;
/** What the private part of a key without cipher is padded to. */
const BLOCK_BYTES = 8;

/** The public half of a private key in OpenSSH's form: it is in the clear even where the key has a passphrase. */
export function publicHalf(privateText: string): string | null {
  const [, base64] = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(privateText) ?? [];
  if (base64 === undefined) return null;
  const file = Buffer.from(base64, 'base64');
  let at = MAGIC.length;
  const next = () => {
    if (at + 4 > file.length) return Buffer.alloc(0);
    const length = file.readUInt32BE(at);
    at += 4 + length;
    return file.subarray(at - length, at);
  };
  if (file.subarray(0, at).toString('latin1') !== MAGIC) return null;
  for (const _ of ['cipher', 'kdf', 'kdf options']) next();
  at += 4;
  const blob = next();
  if (blob.length < 4) return null;
  const type = blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('latin1');
  return `${type} ${blob.toString('base64')}`;
}

/** An ed25519 key without passphrase in OpenSSH's form (PROTOCOL.key): no other form of it is known to SSH libraries. */
export function ed25519Text(key: KeyObject): string {
  const { x = '', d = '' } = key.export({ format: 'jwk' });
  const [half, seed] = [Buffer.from(x, 'base64url'), Buffer.from(d, 'base64url')];
  const blob = Buffer.concat([field('ssh-ed25519'), field(half)]);
  const check = Buffer.alloc(8, CHECK);
  const inner = Buffer.concat([check, blob, field(Buffer.concat([seed, half])), field('')]);
  const padding = Buffer.from(Array.from({ length: -inner.length & (BLOCK_BYTES - 1) }, (_, i) => i + 1));
  const head = [Buffer.from(MAGIC), field('none'), field('none'), field(''), number(1)];
  const file = Buffer.concat([...head, field(blob), field(Buffer.concat([inner, padding]))]);
  const lines = file.toString('base64').replaceAll(/.{70}/g, '$&\n');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function field(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([number(bytes.length), bytes]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
