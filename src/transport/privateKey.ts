import { createPrivateKey, type KeyObject } from 'node:crypto';
import { quoteWord } from '../shell/quote.ts';
import { ed25519Text, publicHalf } from './opensshKey.ts';
import { parseKey } from './ssh2.ts';

/** What the file is, and the command that makes it one that can be read. */
export class BadKeyForm extends Error {
  constructor(
    readonly what: string,
    readonly hint: string,
    readonly isLocked = false,
  ) {
    super(what);
  }
}

const PRIVATE = /-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----/;
/** Curves that SSH has a type of key for, as node:crypto calls them. */
const CURVES = ['prime256v1', 'secp384r1', 'secp521r1'];

/**
 * Refuses what is not a private key that can be read, whoever may read the file: its mode does not matter then.
 * @throws BadKeyForm
 */
export function refuseOtherForm(text: string, file: string): void {
  if (/^(ssh-|ecdsa-|sk-)\S+ AAAA/.test(text)) {
    const half = /^(.+?)(-cert)?\.pub$/.exec(file)?.[1];
    const what = /^\S+-cert-v0\d@\S+ /.test(text)
      ? 'is a certificate, not a private key'
      : 'is the public half of a key';
    throw new BadKeyForm(what, `name the private one${half === undefined ? '' : `: ${half}`}`);
  }
  const putty = /^PuTTY-User-Key-File-(\d)/.exec(text)?.[1];
  if (putty !== undefined) {
    throw new BadKeyForm(
      `is in PuTTY's form (PPK v${putty})`,
      `convert it: puttygen ${quoteWord(file)} -O private-openssh -o ${quoteWord(`${file}.key`)}`,
    );
  }
  if (!PRIVATE.test(text)) throw new BadKeyForm('is not a private key', 'name a private key in OpenSSH or PEM form');
  const token = /^sk-\S+/.exec(publicHalf(text) ?? '')?.[0];
  if (token !== undefined) {
    throw new BadKeyForm(
      `is the handle of a hardware key (${token}), which omniplace's SSH library can't use, not through an agent either`,
      'set private_key of this host to another file: omniplace keys setup makes a key there',
    );
  }
}

/**
 * The text of a private key in a form that the SSH library reads, without its passphrase where we had to open it. OpenSSH's own
 * form is the library's matter; PKCS#8 and the older PEM forms are read by OpenSSL.
 * @throws BadKeyForm
 */
export function readableKey(text: string, file: string, passphrase: string | null): string {
  refuseOtherForm(text, file);
  const kind = PRIVATE.exec(text)?.[1];
  return kind === 'OPENSSH ' ? text : fromPem(text, file, passphrase);
}

/** `ssh-rsa AAAA...` of a private key. @throws BadKeyForm */
export function publicLineOfKey(text: string, file: string, passphrase: string | null = null): string {
  const key = parseKey(readableKey(text, file, passphrase));
  if (key instanceof Error) {
    const hint = `ssh-keygen -y -f ${quoteWord(file)} > ${quoteWord(`${file}.pub`)}`;
    throw new BadKeyForm(`can't be read (${key.message})`, hint);
  }
  return `${key.type} ${key.getPublicSSH().toString('base64')}`;
}

function fromPem(text: string, file: string, passphrase: string | null): string {
  const key = opened(text, file, passphrase);
  const type = key.asymmetricKeyType;
  if (type === 'ed25519') return ed25519Text(key);
  if (type === 'rsa') return key.export({ format: 'pem', type: 'pkcs1' }).toString();
  if (type === 'ec' && CURVES.includes(key.asymmetricKeyDetails?.namedCurve ?? '')) {
    return key.export({ format: 'pem', type: 'sec1' }).toString();
  }
  const named = key.asymmetricKeyDetails?.namedCurve ?? type;
  throw new BadKeyForm(`is a key of type ${named}, which SSH does not have`, 'omniplace keys setup makes one');
}

function opened(text: string, file: string, passphrase: string | null): KeyObject {
  try {
    return createPrivateKey({ key: text, format: 'pem', ...(passphrase === null ? {} : { passphrase }) });
  } catch (error) {
    const isLocked = /ENCRYPTED/.test(text);
    if (isLocked && passphrase === null) throw new BadKeyForm('has a passphrase', 'set passphrase of this host', true);
    const { code, message } = error as NodeJS.ErrnoException;
    if (isLocked && code !== 'ERR_OSSL_UNSUPPORTED')
      throw new BadKeyForm('does not open with its passphrase', 'check passphrase of this host');
    throw new BadKeyForm(`can't be read (${message})`, `convert it: ssh-keygen -p -f ${quoteWord(file)}`);
  }
}
