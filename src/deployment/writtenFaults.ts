import { addressProblem } from './address.ts';
import { commaList } from './commaList.ts';
import { type Documents, groupLayers, type Layer, layerAt, proxyLayers } from './layers.ts';
import { isMap } from './overrides.ts';
import type { SchemaFault } from './schemaFaults.ts';
import { valueAt } from './schemaFaults.ts';
import { suggest } from './suggest.ts';

export interface WrittenFault extends SchemaFault {
  readonly severity?: 'warning';
}

/** What is wrong with values of the right form: each place of the file is looked at once. `isFaulty`: a fault was found there before. */
export function writtenFaults(plain: unknown, isFaulty: (path: readonly string[]) => boolean): readonly WrittenFault[] {
  const documents = { plain, alone: {} };
  const groups = groupsOf(plain);
  const places = [
    ...layerAt(plain, ['deployment', 'defaults']),
    ...groups.flatMap(({ layer }) => [layer, ...hostBlocks(layer)]),
    ...layerAt(plain, ['deployment', 'proxy']),
  ];
  return [
    ...places.flatMap((place) => [...dieFaults(place), ...plainPasswords(place)]),
    ...groups.flatMap(({ layer }) => [...hostFaults(layer)]),
    ...proxyAddress(plain),
    ...groups.flatMap(({ role, name, layer }) => [...missingKeys(documents, role, name, layer, isFaulty)]),
    ...missingCredentials(documents, groups, isFaulty),
  ];
}

interface WrittenGroup {
  readonly role: 'prefill' | 'decode';
  readonly name: string;
  readonly layer: Layer;
}

export function groupsOf(plain: unknown): readonly WrittenGroup[] {
  return (['prefill', 'decode'] as const).flatMap((role) => {
    const groups = valueAt(plain, ['deployment', role]);
    if (!isMap(groups)) return [];
    return Object.keys(groups).flatMap((name) =>
      layerAt(plain, ['deployment', role, name]).map((layer) => ({ role, name, layer })),
    );
  });
}

/** The `host <ip>` blocks of a group. */
export function hostBlocks(group: Layer): readonly Layer[] {
  return Object.entries(group.values).flatMap(([key, values]) =>
    key.startsWith('host ') && isMap(values) ? [{ path: [...group.path, key], values }] : [],
  );
}

export function blockAddress(key: string): string {
  return key.replace(/^host\s+/, '');
}

function* dieFaults({ path, values }: Layer): Generator<WrittenFault> {
  const key = 'ascend_rt_visible_devices';
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

function* plainPasswords({ path, values }: Layer): Generator<WrittenFault> {
  for (const key of ['password', 'passphrase']) {
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

function* hostFaults(group: Layer): Generator<WrittenFault> {
  if (group.values.hosts === undefined) return;
  const hosts = commaList(group.values.hosts);
  const path = [...group.path, 'hosts'];
  if (hosts.length === 0) {
    const hint = 'Name at least one IPv4 address, or remove the group.';
    yield { code: 'empty_hosts', path, message: `\`${group.path.join('.')}\` has no hosts.`, hint };
    return;
  }
  let allGood = true;
  for (const [i, host] of hosts.entries()) {
    const at = [...path, String(i)];
    const problem = addressProblem(host);
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

function* proxyAddress(plain: unknown): Generator<WrittenFault> {
  const path = ['deployment', 'proxy', 'host'];
  const host = valueAt(plain, path);
  if (typeof host !== 'string') return;
  const problem = addressProblem(host);
  if (problem) yield { code: 'bad_address', path, ...problem };
}

const NEEDED = {
  master_port: "the port at which the instance's processes meet, for example 8000",
  base_api_port: 'the first API port of each host, for example 9000',
  ascend_rt_visible_devices: 'the dies to use on each host, for example "0,1,2,3"',
};

function* missingKeys(
  documents: Documents,
  role: 'prefill' | 'decode',
  name: string,
  group: Layer,
  isFaulty: (path: readonly string[]) => boolean,
): Generator<WrittenFault> {
  const layers = groupLayers(documents, role, name, null);
  const blocks = hostBlocks(group);
  for (const [key, what] of Object.entries(NEEDED)) {
    if (layers.some(({ path, values }) => values[key] !== undefined || isFaulty([...path, key]))) continue;
    if (isFaulty(['deployment', 'defaults', key]) || isFaulty(['services', role, key])) continue;
    const hosts = commaList(group.values.hosts);
    const saidOf = blocks
      .filter(({ values }) => values[key] !== undefined)
      .map(({ path }) => blockAddress(path.at(-1)!));
    if (hosts.length > 0 && hosts.every((host) => saidOf.includes(host))) continue;
    yield {
      code: 'missing_key',
      path: [...group.path, key],
      message: `\`${key}\` is missing in \`${group.path.join('.')}\`.`,
      hint: `Add ${what}; for all groups, in deployment.defaults.`,
    };
  }
}

function missingCredentials(
  documents: Documents,
  groups: readonly WrittenGroup[],
  isFaulty: (path: readonly string[]) => boolean,
): readonly WrittenFault[] {
  const without: { path: readonly string[]; hosts: string }[] = [];
  let numAsked = 0;
  const ask = (layers: readonly Layer[], path: readonly string[], hosts: string) => {
    numAsked++;
    const said = layers.some(({ path, values }) =>
      CREDENTIALS.some((key) => (values[key] !== undefined && values[key] !== false) || isFaulty([...path, key])),
    );
    if (!said) without.push({ path, hosts });
  };
  for (const { role, name, layer } of groups) {
    const hosts = commaList(layer.values.hosts);
    const blocks = hostBlocks(layer).filter((block) => hosts.includes(blockAddress(block.path.at(-1)!)));
    const plainHosts = hosts.filter((host) => !blocks.some((block) => blockAddress(block.path.at(-1)!) === host));
    if (plainHosts.length > 0 || hosts.length === 0)
      ask(groupLayers(documents, role, name, null), layer.path, layer.path.join('.'));
    for (const block of blocks)
      ask(groupLayers(documents, role, name, block.path.at(-1)!), block.path, block.path.join('.'));
  }
  for (const { path } of layerAt(documents.plain, ['deployment', 'proxy']))
    ask(proxyLayers(documents), path, path.join('.'));
  const hint = 'Give `private_key`, `password` or `agent: true`, there or in deployment.defaults.';
  if (without.length > 1 && without.length === numAsked) {
    return [
      { code: 'no_credentials', path: ['deployment'], message: 'Nothing says how to log in to the hosts.', hint },
    ];
  }
  return without.map(({ path, hosts }) => ({
    code: 'no_credentials',
    path,
    message: `Nothing says how to log in to the hosts of \`${hosts}\`.`,
    hint,
  }));
}

const CREDENTIALS = ['private_key', 'password', 'agent'];
