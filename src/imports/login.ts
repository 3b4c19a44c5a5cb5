import type { ImportedLogin } from './cluster.ts';
import type { InventoryHost } from './inventory.ts';
import { readSshArguments } from './sshArguments.ts';
import { truthOf } from './truth.ts';

/** What was found on the way that concerns the whole cluster. */
export interface LoginNotes {
  trustsNew: boolean;
  becomesRoot: boolean;
  /** Passwords by the variable each is now to come from. */
  readonly passwords: PasswordPlaces;
  /** Values, or parts of them, that have no place. */
  readonly others: UnplacedValue[];
  /** Hosts for which the original names neither key nor password. */
  readonly withoutKey: string[];
}

export interface UnplacedValue {
  readonly variable: string;
  /** Of the first host that has it. */
  readonly line: number | null;
  readonly value: unknown;
  readonly because: string;
}

/** In the order in which ssh gets them: of equal options it takes the first. */
const SSH_ARGUMENTS = ['ansible_ssh_args', 'ansible_ssh_common_args', 'ansible_ssh_extra_args'];

/** Gives every different password an environment variable to come from; the password itself is not copied. */
export class PasswordPlaces {
  readonly #variables = new Map<string, string>();

  place(password: unknown): { readonly env: string } {
    const key = JSON.stringify(password);
    const number = this.#variables.size === 0 ? '' : `_${this.#variables.size + 1}`;
    const variable = this.#variables.get(key) ?? `OMNIPLACE_PASSWORD${number}`;
    this.#variables.set(key, variable);
    return { env: variable };
  }

  variables(): readonly string[] {
    return [...this.#variables.values()];
  }
}

/** How Ansible logs in to a host, in the deployment file's keys. */
export function ansibleLogin(host: InventoryHost, notes: LoginNotes): ImportedLogin {
  // of several names for one thing Ansible takes the last
  const last = (...variables: readonly string[]) => {
    const words = variables.map((variable) => host.word(variable));
    return words.findLast((word) => word !== null && word !== '') ?? null;
  };
  const leave = (variable: string, value: unknown, because: string) => {
    const text = JSON.stringify(value);
    if (notes.others.some((other) => other.variable === variable && JSON.stringify(other.value) === text)) return;
    notes.others.push({ variable, line: host.lineOf(variable), value, because });
  };
  const ssh = SSH_ARGUMENTS.map((variable) => {
    const value = host.get(variable);
    if (value !== null && typeof value === 'object') leave(variable, value, 'ssh takes one text: join its entries');
    const read = readSshArguments(host.word(variable) ?? '');
    notes.trustsNew ||= read.trustsNew;
    for (const { option, because } of read.others) leave(variable, option, because);
    return read.login;
  });
  const truth = (variable: string) => {
    const value = host.get(variable, (template, because) => leave(variable, template, because));
    const is = truthOf(value);
    if (is === null) leave(variable, String(value), 'this is neither a word for true nor one for false');
    return value === null ? null : is;
  };
  if (truth('ansible_become')) notes.becomesRoot = true;
  // of several names for one thing Ansible takes the last
  const checks = ['ansible_host_key_checking', 'ansible_ssh_host_key_checking'].map(truth);
  if (checks.findLast((is) => is !== null) === false) notes.trustsNew = true;
  const password = ['ansible_password', 'ansible_ssh_pass', 'ansible_ssh_password'].map((name) => host.get(name));
  const given = password.findLast((value) => value !== null);
  const port = last('ansible_port', 'ansible_ssh_port');
  const key = last('ansible_private_key_file', 'ansible_ssh_private_key_file');
  const user = last('ansible_user', 'ansible_ssh_user');
  const arguments_: ImportedLogin = Object.assign({}, ...ssh.toReversed());
  // ssh then asks the agent, and tries the keys of its own folder
  const isWithout = key === null && given === undefined && arguments_.private_key === undefined;
  if (isWithout) notes.withoutKey.push(host.name);
  return {
    ...arguments_,
    ...(isWithout ? { agent: true } : {}),
    ...(user === null ? {} : { user }),
    ...(key === null ? {} : { private_key: key }),
    ...(given === undefined ? {} : { password: notes.passwords.place(given) }),
    ...(port === null ? {} : { ssh_port: Number(port) }),
  };
}
