import type { JsonObject } from '../deployment/deployment.ts';
import type { Leftover } from './foreignDocument.ts';
import { type LoginNotes, PasswordPlaces } from './login.ts';

/** Before any host is read. */
export function noLoginNotes(): LoginNotes {
  return {
    trustsNew: false,
    becomesRoot: false,
    passwords: new PasswordPlaces(),
    others: [],
    withoutKey: [],
  };
}

/** What logins mean for `services`. */
export function sshServices({ trustsNew, becomesRoot }: LoginNotes): JsonObject {
  const ssh = { ...(trustsNew ? { host_keys: 'accept-new' } : {}), ...(becomesRoot ? { become: 'sudo' } : {}) };
  return Object.keys(ssh).length === 0 ? {} : { ssh };
}

export function loginNotes({ trustsNew, passwords, withoutKey }: LoginNotes): readonly string[] {
  const variables = passwords.variables();
  return [
    ...(trustsNew
      ? [
          'The original checked no host keys. Here an unknown host is trusted at first sight, and a changed key is refused.',
        ]
      : []),
    ...(withoutKey.length === 0
      ? []
      : [
          `The original names no key for ${[...new Set(withoutKey)].join(', ')}: ssh took one of its agent or of ~/.ssh. Here the agent's are taken (ssh-add), or set private_key.`,
        ]),
    ...(variables.length === 0
      ? []
      : [`Passwords were not copied: put them into ${variables.join(', ')}, or use keys (omniplace keys setup).`]),
  ];
}

export function sshLeftovers(file: string, { others }: LoginNotes): readonly Leftover[] {
  return others.map(({ variable, line, value, because }) => ({
    file,
    line,
    path: variable,
    value: JSON.stringify(value),
    because,
  }));
}
