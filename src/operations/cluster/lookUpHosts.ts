import { lookup } from 'node:dns/promises';
import type { AddressProblem } from '../../deployment/address.ts';
import type { Lookup, Lookups } from '../../deployment/expandHosts.ts';

const BETWEEN_HOSTS = 'Write the address by which the hosts reach each other.';

/** Addresses of a name, as this machine resolves it. @throws the system's error where it can't */
export type Resolve = (name: string) => Promise<readonly string[]>;

/** What this machine makes of names of hosts. A name that it does not know is left out. */
export async function lookUpHosts(names: readonly string[], resolve: Resolve = bySystem): Promise<Lookups> {
  const found = await Promise.all(names.map(async (name) => [name, await lookUp(name, resolve)] as const));
  return new Map(found.flatMap(([name, one]) => (one === null ? [] : [[name, one] as const])));
}

async function lookUp(name: string, resolve: Resolve): Promise<Lookup | null> {
  try {
    return judge(name, await resolve(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAI_AGAIN') return null;
    return problem(
      `The name server of this machine did not answer for \`${name}\`.`,
      "Try again, or write the host's address.",
    );
  }
}

function judge(name: string, addresses: readonly string[]): Lookup | null {
  const ofVersion4 = [...new Set(addresses.filter((address) => !address.includes(':')))];
  const [address] = ofVersion4;
  if (addresses.length === 0) return null;
  if (address === undefined) {
    const message = `\`${name}\` has only IPv6 addresses (${addresses.join(', ')}), and server lists and rank tables take IPv4 ones.`;
    return problem(message, 'Write the IPv4 address of the host: ip -4 addr shows it there.');
  }
  if (ofVersion4.length > 1)
    return problem(`\`${name}\` has several addresses: ${ofVersion4.join(', ')}.`, BETWEEN_HOSTS);
  if (address.startsWith('127.') && name !== 'localhost') {
    const message = `This machine resolves \`${name}\` to ${address}, which is on every host the host itself.`;
    return problem(message, `${BETWEEN_HOSTS} /etc/hosts of this machine has the name.`);
  }
  return { address };
}

function problem(message: AddressProblem['message'], hint: string): Lookup {
  return { problem: { message, hint } };
}

async function bySystem(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}
