import { NotUtf8Error, readAsciiText } from '../files/readText.ts';
import { authFailed, badKey, type Target } from './errors.ts';
import type { ConnectOptions } from './host.ts';
import { BadKeyForm, readableKey } from './privateKey.ts';
import type { AuthenticationType, Config } from './ssh2.ts';

export type Credentials = Pick<
  Config,
  'privateKey' | 'passphrase' | 'password' | 'agent' | 'tryKeyboard' | 'authHandler'
>;

/** What to log in with, read from where it lies. @throws TransportError `auth` */
export async function credentials(options: ConnectOptions, target: Target): Promise<Credentials> {
  const { login, password, passphrase } = options;
  const agent = login.agent ? process.env.SSH_AUTH_SOCK : undefined;
  if (login.agent && agent === undefined && login.privateKey === null && password === null) {
    throw authFailed(target, 'no SSH agent runs here', 'start one: eval "$(ssh-agent)" && ssh-add');
  }
  if (triedMethods(options).length === 0) {
    throw authFailed(target, 'no credentials', 'set private_key, password or agent: true for this host');
  }
  const methods = [
    ...(login.privateKey === null ? [] : ['publickey']),
    ...(agent === undefined ? [] : ['agent']),
    ...(password === null ? [] : ['password', 'keyboard-interactive']),
  ];
  return {
    authHandler: methods as AuthenticationType[],
    ...(login.privateKey === null ? {} : { privateKey: await readKey(login.privateKey, passphrase, target) }),
    ...(passphrase === null ? {} : { passphrase }),
    ...(agent === undefined ? {} : { agent }),
    ...(password === null ? {} : { password, tryKeyboard: true }),
  };
}

async function readKey(file: string, passphrase: string | null, target: Target): Promise<string> {
  try {
    return readableKey(await readAsciiText(file), file, passphrase);
  } catch (error) {
    if (error instanceof NotUtf8Error) throw badKey(target, file, `is ${error.what}`, error.hint ?? '', error);
    if (error instanceof BadKeyForm) throw badKey(target, file, error.what, error.hint);
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not there' : (error as Error).message;
    throw badKey(target, file, why, 'check private_key of this host', error);
  }
}

export function triedMethods({ login, password }: ConnectOptions): readonly string[] {
  return [
    ...(login.privateKey === null ? [] : [`key ${login.privateKey}`]),
    ...(login.agent ? ['agent'] : []),
    ...(password === null ? [] : ['password']),
  ];
}
