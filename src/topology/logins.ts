import type { Login } from '../deployment/deployment.ts';
import type { Fault } from '../deployment/fault.ts';
import type { Place } from '../deployment/positions.ts';
import type { SecretSource } from '../deployment/secret.ts';
import type { CheckContext } from './checkContext.ts';
import { writtenAt } from './writtenAt.ts';

/** Which connection it is; the rest is how it is allowed. */
const WAYS = ['user', 'port', 'jump'] as const;

const CREDENTIALS = ['privateKey', 'password', 'passphrase', 'agent'] as const;

const KEYS = {
  user: 'user',
  port: 'ssh_port',
  jump: 'jump',
  privateKey: 'private_key',
  password: 'password',
  passphrase: 'passphrase',
  agent: 'agent',
} as const;

/** A place in the deployment that names a login for a host. */
interface Mention {
  readonly by: string;
  readonly address: string;
  readonly login: Login;
  readonly placeOf: (key: string) => { readonly path: string } & Place;
}

/** Hosts named more than once with different logins: all nodes of a host are reached over one connection. */
export function* loginFaults(context: CheckContext): Generator<Fault> {
  const first = new Map<string, Mention>();
  for (const mention of mentions(context)) {
    const earlier = first.get(mention.address);
    if (earlier === undefined) {
      first.set(mention.address, mention);
      continue;
    }
    const key = WAYS.find((way) => mention.login[way] !== earlier.login[way]);
    const other = key ?? CREDENTIALS.find((way) => !same(mention.login[way], earlier.login[way]));
    if (other === undefined) continue;
    const at = mention.placeOf(KEYS[other]);
    const file = context.deployment.file;
    yield key === undefined
      ? {
          code: 'login_conflict',
          severity: 'warning',
          message: `${mention.by} logs in to ${mention.address} with another \`${KEYS[other]}\` than ${earlier.by}.`,
          hint: `That of ${earlier.by} is used for all nodes of the host.`,
          file,
          ...at,
        }
      : {
          code: 'login_conflict',
          severity: 'error',
          message: `${mention.by} reaches ${mention.address} by ${inWords(mention.login)}, ${earlier.by} by ${inWords(earlier.login)}.`,
          hint: 'One connection serves all nodes of a host: give both the same user, ssh_port and jump.',
          file,
          ...at,
        };
  }
}

function mentions({ deployment, placeOf }: CheckContext): Mention[] {
  const groups = [...deployment.prefill, ...deployment.decode, ...deployment.mixed];
  const ofGroups = groups.flatMap(({ role, name, hosts }) =>
    hosts.map(
      ({ address, login }): Mention => ({
        by: `${role} ${name}`,
        address,
        login,
        placeOf: (key) => writtenAt(placeOf, { role, name, address }, key),
      }),
    ),
  );
  const { proxy } = deployment;
  if (proxy === null) return ofGroups;
  const placeOfProxy = (key: string) => {
    const path = `deployment.proxy.${key}`;
    return { path, ...placeOf(path) };
  };
  return [...ofGroups, { by: 'the proxy', address: proxy.host, login: proxy.login, placeOf: placeOfProxy }];
}

function same(a: Login[(typeof CREDENTIALS)[number]], b: Login[(typeof CREDENTIALS)[number]]): boolean {
  return JSON.stringify(comparable(a)) === JSON.stringify(comparable(b));
}

/** Plain secrets print as the same word whatever they are. */
function comparable(value: string | boolean | SecretSource | null): unknown {
  const isPlain = typeof value === 'object' && value?.from === 'plain';
  return isPlain ? { from: 'plain', value: value.value.reveal() } : value;
}

function inWords({ user, port, jump }: Login): string {
  return `${user} at port ${port}${jump === null ? '' : ` through ${jump}`}`;
}
