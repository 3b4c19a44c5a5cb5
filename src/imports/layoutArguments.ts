import type { ImportedInstance } from './cluster.ts';
import type { StartedRole } from './engineArguments.ts';
import type { Leftover } from './foreignDocument.ts';

/** An argument that the start command writes out. */
export interface Literal {
  readonly name: string;
  readonly value: string;
}

export interface PlacedLiteral extends Literal {
  readonly role: StartedRole;
  /** Without its reason. */
  readonly leftover: Leftover;
}

/** What the inventory gives. */
export interface ImportedLayout {
  readonly prefill: readonly Pick<ImportedInstance, 'hosts'>[];
  readonly decode: readonly Pick<ImportedInstance, 'hosts'>[];
  readonly logPath: string | null;
  /** Dies of one server; null: a prefill instance is one server. */
  readonly tp: Readonly<Record<StartedRole, number | null>>;
}

/** A server's host, by its place in the layout. */
interface Place extends ImportedLayout {
  readonly role: StartedRole;
  /** Its instance, among those of its role, and its host in that. */
  readonly instance: number;
  readonly host: number;
}

/** Arguments that follow from hosts, dies and ports; null: omniplace names files or folders of its own. */
const OF_LAYOUT: Readonly<Record<string, ((place: Place) => string) | null>> = {
  '--global-rank-table-path': null,
  '--rank-table-path': null,
  '--log-dir': null,
  '--local-decode-server-ip-list': decodeAddresses,
  '--global-decode-server-ip-list': decodeAddresses,
  '--prefill-pod-num': ({ prefill }) => String(prefill.length),
  '--decode-pod-num': ({ decode }) => String(decode.length),
  '--num-servers': (place) => String(isOneServer(place) ? 1 : Math.floor(diesOf(place) / tpOf(place))),
  '--num-dp': (place) => String(isOneServer(place) ? 1 : Math.floor(allDies(place) / tpOf(place))),
  '--server-offset': (place) => String(isOneServer(place) ? 0 : allDies(place, place.host)),
  '--master-ip': (place) => hostsOf(place)[0]!.address,
  '--master-port': (place) => String(hostsOf(place)[0]!.masterPort),
  '--base-api-port': (place) => String(hostsOf(place)[place.host]!.baseApiPort),
  '--role': ({ role }) => role,
  '--kv-role': ({ role }) => (role === 'prefill' ? 'kv_producer' : 'kv_consumer'),
  '--ascend-rt-visible-devices': (place) => hostsOf(place)[place.host]!.dies,
  '--kv-rank': kvRank,
  '--kv-engine-id': kvRank,
  '--kv-parallel-size': ({ tp }) => String(tp.decode ?? 1),
};

/** Arguments that the inventory decides, with another value than it gives. */
export function differentFromLayout(literals: readonly PlacedLiteral[], layout: ImportedLayout): readonly Leftover[] {
  return literals.flatMap(({ role, name, value, leftover }) => {
    const own = OF_LAYOUT[name];
    if (own === null || own === undefined) {
      const isLog = name === '--log-dir' && layout.logPath !== null && value.startsWith(layout.logPath);
      return isLog ? [] : [{ ...leftover, because: 'omniplace writes to a path of its own' }];
    }
    const given = [...new Set(placesOf(layout, role).map(own))];
    if (given.every((each) => each === value)) return [];
    return [{ ...leftover, because: `the inventory gives ${given.join(' or ')}` }];
  });
}

export function isOfLayout(name: string): boolean {
  return Object.hasOwn(OF_LAYOUT, name);
}

function placesOf(layout: ImportedLayout, role: StartedRole): Place[] {
  return layout[role].flatMap(({ hosts }, instance) => hosts.map((_, host) => ({ ...layout, role, instance, host })));
}

function hostsOf(place: Place) {
  return place[place.role][place.instance]!.hosts;
}

function diesOf(place: Place): number {
  return hostsOf(place)[place.host]!.dies.split(',').length;
}

function allDies(place: Place, before?: number): number {
  return hostsOf(place)
    .slice(0, before)
    .reduce((sum, { dies }) => sum + dies.split(',').length, 0);
}

function tpOf(place: Place): number {
  return place.tp[place.role] ?? (place.role === 'decode' ? 1 : allDies(place));
}

function isOneServer(place: Place): boolean {
  return tpOf(place) > diesOf(place);
}

function decodeAddresses({ decode }: Place): string {
  return decode.map(({ hosts }) => hosts.map(({ address }) => address).join(',')).join(';');
}

function kvRank({ role, instance, prefill }: Place): string {
  return String(role === 'prefill' ? instance : prefill.length + instance);
}
