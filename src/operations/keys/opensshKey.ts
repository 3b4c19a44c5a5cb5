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

const MAGIC = 'openssh-key-v1\0';
