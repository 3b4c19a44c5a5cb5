import { type AddressProblem, addressProblem } from './address.ts';
import { commaList } from './commaList.ts';
import { DEVICES_ALIAS, DEVICES_KEY, DEVICES_KEYS } from './devicesKey.ts';
import type { Lookups } from './expandHosts.ts';
import { type Layer, layerAt } from './layers.ts';
import { missingCredentials, missingKeys } from './missing.ts';
import { missingRoles, mixedFaults } from './mixed.ts';
import { plainSecretFaults } from './plainSecretFaults.ts';
import { valueAt } from './schemaFaults.ts';
import type { AnySettingsParser, WrittenFault } from './settingsParser.ts';
import { entriesOfOne } from './splitEntries.ts';
import { suggest } from './suggest.ts';
import { blockAddress, groupsOf, hostBlocks } from './writtenGroups.ts';

/** What is wrong with values of the right form: each place of the file is looked at once. `isFaulty`: a fault was found there before. */
export function writtenFaults(
  plain: unknown,
  isFaulty: (path: readonly string[]) => boolean,
  engine: AnySettingsParser,
  lookups: Lookups = new Map(),
): readonly WrittenFault[] {
  const problemOf = (host: string): AddressProblem | null => {
    const found = lookups.get(host);
    return found !== undefined && 'problem' in found ? found.problem : addressProblem(host);
  };
  const documents = { plain, alone: {} };
  const groups = groupsOf(plain);
  const places = [
    ...layerAt(plain, ['deployment', 'defaults']),
    ...groups.flatMap(({ layer }) => [layer, ...hostBlocks(layer)]),
    ...layerAt(plain, ['deployment', 'proxy']),
  ];
  return [
    ...places.flatMap((place) => [...dieFaults(place), ...plainPasswords(place, ['password', 'passphrase'])]),
    ...layerAt(plain, ['services']).flatMap((services) => [...plainPasswords(services, ['api_key'])]),
    ...plainSecretFaults(plain, places),
    ...groups.flatMap(({ layer }) => [...hostFaults(layer, problemOf)]),
    ...addressAt(plain, ['deployment', 'proxy', 'host'], problemOf),
    ...engine.faults({ documents, groups }),
    ...missingRoles(plain, isFaulty),
    ...mixedFaults(plain, groups),
    ...groups.flatMap(({ role, name, layer }) => [...missingKeys(documents, role, name, layer, isFaulty)]),
    ...missingCredentials(documents, groups, isFaulty),
  ];
}

function* dieFaults(layer: Layer): Generator<WrittenFault> {
  const { path, values } = layer;
  for (const key of DEVICES_KEYS) yield* faultsOfDies(layer, key);
  if (DEVICES_KEYS.some((key) => values[key] === undefined)) return;
  yield {
    code: 'bad_dies',
    path: [...path, DEVICES_ALIAS],
    message: `\`${DEVICES_ALIAS}\` and \`${DEVICES_KEY}\` are set in the same map.`,
    hint: 'They are the same: remove one of the two.',
  };
}

function* faultsOfDies({ path, values }: Layer, key: string): Generator<WrittenFault> {
  if (values[key] === undefined) return;
  const dies = commaList(values[key]);
  const here = [...path, key];
  if (dies.length === 0) {
    yield {
      code: 'bad_dies',
      path: here,
      message: `\`${key}\` names no die.`,
      hint: 'Name the dies to use: "0,1,2,3".',
    };
  }
  for (const [i, die] of dies.entries()) {
    const at = [...here, String(i)];
    if (die === '') {
      yield {
        code: 'bad_dies',
        path: at,
        message: `\`${key}\` has an empty entry.`,
        hint: 'Remove the comma that is too many.',
      };
    } else if (!/^\d{1,4}$/.test(die)) {
      const hint = /^\d+-\d+$/.test(die)
        ? 'Ranges are not known here: write every die.'
        : 'Dies are whole numbers from 0: "0,1,2,3".';
      yield { code: 'bad_dies', path: at, message: `\`${die}\` is not the number of a die.`, hint };
    } else if (dies.findIndex((other) => Number(other) === Number(die)) < i) {
      yield {
        code: 'duplicate_die',
        path: at,
        message: `Die ${Number(die)} stands twice in one list.`,
        hint: 'Remove one of the two.',
      };
    }
  }
}

function* plainPasswords({ path, values }: Layer, keys: readonly string[]): Generator<WrittenFault> {
  for (const key of keys) {
    if (typeof values[key] !== 'string') continue;
    yield {
      code: 'plain_password',
      severity: 'warning',
      path: [...path, key],
      message: `\`${key}\` stands in the file as plain text.`,
      hint: `Say where to find it: \`${key}: {env: NAME}\`, \`{file: path}\` or \`{command: [program, argument]}\`.`,
    };
  }
}

function* hostFaults(group: Layer, problemOf: (host: string) => AddressProblem | null): Generator<WrittenFault> {
  if (group.values.hosts === undefined) return;
  const hosts = commaList(group.values.hosts);
  const path = [...group.path, 'hosts'];
  if (hosts.length === 0) {
    const hint = 'Name at least one IPv4 address, or remove the group.';
    yield { code: 'empty_hosts', path, message: `\`${group.path.join('.')}\` has no hosts.`, hint };
    return;
  }
  let allGood = true;
  for (let i = 0, next = 1; i < hosts.length; i = next) {
    next = i + entriesOfOne(hosts, i);
    const host = hosts.slice(i, next).join(',');
    const at = [...path, String(i)];
    const problem = problemOf(host);
    if (problem) {
      allGood = false;
      yield { code: 'bad_address', path: at, ...problem };
    } else if (hosts.indexOf(host) < i) {
      const hint = 'Remove one. Two instances on one host are two groups with different dies.';
      yield { code: 'duplicate_host', path: at, message: `\`${host}\` stands twice in \`${path.join('.')}\`.`, hint };
    }
  }
  // a block for a misspelt host is no second mistake
  if (!allGood) return;
  for (const block of hostBlocks(group)) {
    const address = blockAddress(block.path.at(-1)!);
    if (hosts.includes(address)) continue;
    const meant = suggest(address, hosts);
    const message = `\`host ${address}\`: \`${group.path.join('.')}\` has no such host.`;
    yield {
      code: 'unknown_host_block',
      path: block.path,
      message,
      hint: meant ? `Did you mean \`${meant}\`?` : `Its hosts: ${hosts.join(', ')}.`,
    };
  }
}

/** What is wrong with the address at a path of the file. */
export function* addressAt(
  plain: unknown,
  path: readonly string[],
  problemOf: (host: string) => AddressProblem | null = addressProblem,
): Generator<WrittenFault> {
  const host = valueAt(plain, path);
  if (typeof host !== 'string') return;
  const problem = problemOf(host);
  if (problem) yield { code: 'bad_address', path, ...problem };
}
