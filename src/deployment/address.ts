import { hostEntries } from './hostRange.ts';
import { bracketEntries } from './splitEntries.ts';

/** Characters that no editor shows, and those that other scripts have for commas. */
const INVISIBLE = /[\u00A0\u00AD\u180E\u200B-\u200F\u202A-\u202E\u2060-\u2064\uFEFF]/u;
const OTHER_COMMA = /[，、﹐；;|]/u;
/** Hyphens, dashes and minus signs that are not the one of ASCII, and the tildes that stand for "to" in Chinese. */
const OTHER_DASH = /[\u2010-\u2015\u2212\u301C\uFE58\uFE63\uFF0D\uFF5E]/u;
const QUOTE = /["'`\u00AB\u00BB\u2018-\u201F\u2039\u203A\u300C-\u300F\uFF02\uFF07]/u;
const RANGE_HINT = 'A range is written as 10.0.0.[1:8] or 10.0.0.1-8.';
const IPV4 = /^\d+(?:\.\d+){3}$/;

/** What is wrong with an address, and what to do. */
export interface AddressProblem {
  readonly message: string;
  readonly hint: string;
}

/** Why an address can't be a host's, or null when it can. A name is not one: it has been resolved where it can be. */
export function addressProblem(address: string): AddressProblem | null {
  if (address === '') return { message: 'An address is empty.', hint: 'Remove the comma that is too many.' };
  const message = `\`${address}\` is not an IPv4 address.`;
  if (!/^[\d.]+$/.test(address)) return mistake(address, message) ?? unresolved(address, message);
  const parts = address.split('.');
  // dots may stand for "to"
  const dotted = address.includes('..') ? range(address, message) : null;
  if (dotted !== null) return dotted;
  if (parts.length !== 4 || parts.some((part) => part === ''))
    return { message, hint: 'It has four numbers: 10.0.0.1.' };
  if (parts.some((part) => Number(part) > 255)) return { message, hint: 'Each of its four numbers is 0 to 255.' };
  if (parts.some((part) => part.length > 1 && part.startsWith('0')))
    return { message, hint: 'Its numbers have no leading zeros.' };
  const first = Number(parts[0]);
  if (first === 0 || first >= 224) {
    return {
      message: `\`${address}\` can't be the address of a host.`,
      hint: 'Write the address by which the hosts reach each other.',
    };
  }
  return null;
}

/** True for a text that may be the name of a host. */
export function isHostName(text: string): boolean {
  return (
    text.length < 254 && /[A-Za-z]/.test(text) && /^[A-Za-z0-9_](?:[\w-]*[A-Za-z0-9_])?(?:\.[\w-]+)*\.?$/.test(text)
  );
}

/** One hint for each mistake; null: a mistake that is not known. */
function mistake(address: string, message: string): AddressProblem | null {
  return letters(address, message) ?? parts(address, message) ?? range(address, message);
}

/** Characters that do not belong into an address. */
function letters(address: string, message: string): AddressProblem | null {
  const invisible = INVISIBLE.exec(address);
  if (invisible !== null) {
    const code = invisible[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    const seen = address.replaceAll(new RegExp(INVISIBLE, 'gu'), '');
    return {
      message: `\`${seen}\` contains an invisible character (U+${code}) at position ${invisible.index + 1}.`,
      hint: `Delete it: type ${seen} again instead of pasting it.`,
    };
  }
  const comma = OTHER_COMMA.exec(address)?.[0] ?? (/^[\d.]+(?:\s+[\d.]+)+$/.test(address) ? 'a blank' : undefined);
  if (comma !== undefined) {
    const each = address.split(/[，、﹐；;|\s]+/u).filter((one) => one !== '');
    const what = comma === 'a blank' ? comma : `\`${comma}\``;
    return { message, hint: `Separate addresses by a comma instead of ${what}: "${each.join(',')}".` };
  }
  return punctuation(address, message);
}

/** Signs that were written by a keyboard or an editor in place of those of ASCII. */
function punctuation(address: string, message: string): AddressProblem | null {
  if (/^\d+(?:\s*,\s*\d+){3}$/.test(address))
    return { message, hint: `Separate its numbers by dots: ${address.replaceAll(/\s*,\s*/g, '.')}` };
  const quote = QUOTE.exec(address)?.[0];
  if (quote !== undefined)
    return {
      message,
      hint: `Write it without \`${quote}\`: ${address.replaceAll(new RegExp(QUOTE, 'gu'), '').trim()}`,
    };
  const dash = OTHER_DASH.exec(address)?.[0];
  if (dash !== undefined)
    return {
      message,
      hint: `Write - instead of \`${dash}\`: ${address.replaceAll(new RegExp(OTHER_DASH, 'gu'), '-')}`,
    };
  const narrow = address.normalize('NFKC').replaceAll('。', '.');
  if (narrow === address) return null;
  return { message, hint: `Write it in half-width characters: ${narrow}` };
}

/** What is written around an address. */
function parts(address: string, message: string): AddressProblem | null {
  if (/^\[?[0-9a-f]*:[0-9a-f:]*:[0-9a-f:.]*(?:%\w+)?\]?(?::\d+)?$/i.test(address)) {
    return {
      message: `\`${address}\` is an IPv6 address, and server lists and rank tables take IPv4 ones.`,
      hint: 'Write the IPv4 address by which the hosts reach each other: ip -4 addr shows it on the host.',
    };
  }
  const [, scheme, user, host, port, prefix, path] =
    /^(?:(\w+):\/\/)?(?:([^@\s/]+)@)?([\w.-]+)(?::(\d+))?(?:\/(\d+))?(\/.*)?$/.exec(address) ?? [];
  if (host === undefined || (scheme ?? user ?? port ?? prefix ?? path) === undefined) return null;
  if (!IPV4.test(host) && !isHostName(host)) return null;
  if (scheme === undefined && prefix !== undefined && isNetwork(host, Number(prefix))) {
    return {
      message: `\`${address}\` is a network, not the address of a host.`,
      hint: 'Write its hosts, each or as a range: 10.0.0.1-8.',
    };
  }
  const isWeb = scheme !== undefined && scheme !== 'ssh';
  const keys = [
    ...(user === undefined ? [] : [`\`user: ${user}\``]),
    ...(port === undefined || isWeb ? [] : [`\`ssh_port: ${port}\` if that is the port of SSH`]),
  ];
  const also = keys.length === 0 ? '' : `, and ${keys.join(' and ')}`;
  return { message, hint: `Write only ${host}${also}.` };
}

/** True where the bits behind the prefix are 0. */
function isNetwork(host: string, prefix: number): boolean {
  if (!IPV4.test(host) || prefix >= 32) return false;
  const bits = host.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return bits % 2 ** (32 - prefix) === 0;
}

function range(address: string, message: string): AddressProblem | null {
  if ((hostEntries(address)?.length ?? 0) > 1) return { message, hint: 'One host belongs here, not a range of them.' };
  const ends = /^(\d+\.\d+\.\d+\.)[[{]?(\d+)\s*(?:\.\.+|[-:~]+)\s*((?:\d+\.){3})?(\d+)[\]}]?$/.exec(address);
  if (ends === null) return bracket(address, message);
  const [, network, first, otherNetwork = network, last] = ends;
  if (network !== otherNetwork)
    return { message, hint: 'The ends of a range differ only in their last number: write a range for each network.' };
  if (Number(first) > Number(last) || Number(last) > 255)
    return { message, hint: 'A range goes from a number to a larger one, at most 255: 10.0.0.1-8.' };
  const [from, to] = [Number(first), Number(last)];
  const write = `rite the range as ${network}[${from}:${to}] or ${network}${from}-${to}.`;
  const isPadded = `${from}` !== first || `${to}` !== last;
  return { message, hint: isPadded ? `Numbers of addresses have no leading zeros: w${write}` : `W${write}` };
}

/** Brackets and wildcards in another form than that of a range. */
function bracket(address: string, message: string): AddressProblem | null {
  if (!/[[\]*?{}]/.test(address)) return null;
  const entries = bracketEntries(address);
  if (entries === null) return { message, hint: RANGE_HINT };
  const written = entries.map((entry) => entry.replace(/^((?:\d+\.){3})\[0*(\d+):0*(\d+)\]$/, '$1[$2:$3]'));
  return { message, hint: written.join(',') === address ? RANGE_HINT : `Write it as ${written.join(',')}` };
}

function unresolved(address: string, message: string): AddressProblem {
  if (!isHostName(address)) return { message, hint: 'Write an IPv4 address such as 10.0.0.1, or the name of a host.' };
  return {
    message: `\`${address}\` is not an IPv4 address, and this machine does not know a host of that name.`,
    hint: `Write the host's address, or let this machine resolve the name: getent ahostsv4 ${address}`,
  };
}

/** Entries of a list of hosts with ranges written out, each with the index of its entry. */
export function writtenOut(entries: readonly string[]): readonly { readonly host: string; readonly entry: number }[] {
  return entries.flatMap((written, entry) => (hostEntries(written) ?? [written]).map((host) => ({ host, entry })));
}
