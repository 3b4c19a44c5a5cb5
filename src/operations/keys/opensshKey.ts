import { generateKeyPairSync } from 'node:crypto';

export interface KeyText {
  /** As ssh-keygen writes it, without a passphrase. */
  readonly privateText: string;
  /** `ssh-ed25519 AAAA... comment` */
  readonly publicLine: string;
}

/** A new ed25519 key in OpenSSH's form. */
export function newEd25519Key(comment: string): KeyText {
  const pair = generateKeyPairSync('ed25519');
  const { d = '', x = '' } = pair.privateKey.export({ format: 'jwk' });
  const [seed, publicKey] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  const blob = Buffer.concat([text(TYPE), text(publicKey)]);
  // twice the same number: how a reader sees that it has decrypted rightly
  const check = Buffer.alloc(8, 0x6f);
  const secret = Buffer.concat([check, blob, text(Buffer.concat([seed, publicKey])), text(comment)]);
  // filled up to whole blocks of 8 by 1, 2, 3...
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, i) => i + 1));
  const one = Buffer.from([0, 0, 0, 1]);
  const file = Buffer.concat([
    Buffer.from(MAGIC),
    text('none'),
    text('none'),
    text(''),
    one,
    text(blob),
    text(Buffer.concat([secret, padding])),
  ]);
  const lines = file.toString('base64').match(/.{1,70}/g)!;
  return {
    privateText: [BEGIN, ...lines, END, ''].join('\n'),
    publicLine: `${TYPE} ${blob.toString('base64')} ${comment}`,
  };
}

/** The public half of a private key in OpenSSH's form: it stands in the clear even where the key has a passphrase. */
export function publicHalf(privateText: string): string | null {
  const [, base64] = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(privateText) ?? [];
  if (base64 === undefined) return null;
  const file = Buffer.from(base64, 'base64');
  let at = MAGIC.length;
  const next = () => {
    const length = file.readUInt32BE(at);
    at += 4 + length;
    return file.subarray(at - length, at);
  };
  if (file.subarray(0, at).toString('latin1') !== MAGIC) return null;
  for (const _ of ['cipher', 'kdf', 'kdf options']) next();
  at += 4;
  const blob = next();
  const type = blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('latin1');
  return `${type} ${blob.toString('base64')}`;
}

const TYPE = 'ssh-ed25519';
const MAGIC = 'openssh-key-v1\0';
const BEGIN = '-----BEGIN OPENSSH PRIVATE KEY-----';
const END = '-----END OPENSSH PRIVATE KEY-----';

/** A length, then the bytes. */
function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
