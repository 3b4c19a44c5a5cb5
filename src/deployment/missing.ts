import { commaList } from './commaList.ts';
import type { ServerRole } from './deployment.ts';
import { DEVICES_ALIAS, DEVICES_KEY } from './devicesKey.ts';
import { type Documents, groupLayers, type Layer, layerAt, proxyLayers } from './layers.ts';
import type { SchemaFault } from './schemaFaults.ts';
import { blockAddress, hostBlocks, type WrittenGroup } from './writtenGroups.ts';

const NEEDED = {
  master_port: "the port at which the instance's processes meet, for example 8000",
  base_api_port: 'the first API port of each host, for example 9000',
  [DEVICES_KEY]: 'the dies to use on each host, for example "0,1,2,3"',
};

const DEFAULTS = ['deployment', 'defaults'];

const CREDENTIALS = ['private_key', 'password', 'agent'];

/** Keys a group needs that nobody gives. */
export function* missingKeys(
  documents: Documents,
  role: ServerRole,
  name: string,
  group: Layer,
  isFaulty: (path: readonly string[]) => boolean,
): Generator<SchemaFault> {
  const layers = groupLayers(documents, role, name, null);
  const blocks = hostBlocks(group);
  for (const [key, what] of Object.entries(NEEDED)) {
    if (role === 'mixed' && key === 'master_port') continue;
    const keys = key === DEVICES_KEY ? [key, DEVICES_ALIAS] : [key];
    const isSet = (values: Layer['values']) => keys.some((one) => values[one] !== undefined);
    const isBroken = (path: readonly string[]) => keys.some((one) => isFaulty([...path, one]));
    if (layers.some(({ path, values }) => isSet(values) || isBroken(path))) continue;
    if (isBroken(['deployment', 'defaults']) || isBroken(['services', role])) continue;
    const hosts = commaList(group.values.hosts);
    const saidOf = blocks.filter(({ values }) => isSet(values)).map(({ path }) => blockAddress(path.at(-1)!));
    if (hosts.length > 0 && hosts.every((host) => saidOf.includes(host))) continue;
    yield {
      code: 'missing_key',
      path: [...group.path, key],
      message: `\`${key}\` is missing in \`${group.path.join('.')}\`.`,
      hint: `Add ${what}; for all groups, in deployment.defaults.`,
    };
  }
}

/** Groups, hosts and the proxy that nobody says how to log in to. */
export function missingCredentials(
  documents: Documents,
  groups: readonly WrittenGroup[],
  isFaulty: (path: readonly string[]) => boolean,
): readonly SchemaFault[] {
  const without: { path: readonly string[]; hosts: string }[] = [];
  let numAsked = 0;
  const ask = (layers: readonly Layer[], path: readonly string[], hosts: string) => {
    numAsked++;
    const said = [{ path: DEFAULTS, values: {} }, ...layers].some(({ path, values }: Layer) =>
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
