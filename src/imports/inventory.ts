import { addressProblem } from '../deployment/address.ts';
import { hostEntries } from '../deployment/hostRange.ts';
import { type ForeignDocument, isObject, type Path } from './foreignDocument.ts';
import { evaluate, isTemplate, TemplateError } from './template.ts';

const ROLES: Readonly<Record<string, InventoryRole>> = {
  P: 'prefill',
  D: 'decode',
  C: 'proxy',
  prefill: 'prefill',
  decode: 'decode',
  proxy: 'proxy',
};

export type InventoryRole = 'prefill' | 'decode' | 'proxy';

/** A host of an Ansible inventory with the variables that count for it. Asking for a variable takes it from the file. */
export interface InventoryHost {
  readonly name: string;
  /** Place of its own variables in the file. */
  readonly path: Path;
  /** Templates filled in; null: not defined, or not to be made out (then it is in `problems`, or given to `unread`). */
  get(variable: string, unread?: (template: unknown, because: string) => void): unknown;
  /** Of what `get` gives, what can be written in one word: text and numbers. */
  word(variable: string): string | null;
  /** 1-based line of the definition that counts; null: there is none. */
  lineOf(variable: string): number | null;
}

export interface Inventory {
  readonly hosts: Readonly<Record<InventoryRole, readonly InventoryHost[]>>;
  /** What could not be made out, with its place. */
  readonly problems: readonly string[];
}

/** Hosts of the groups P, D and C, however deep these stand, in the order of the file. */
export function readInventory(document: ForeignDocument): Inventory {
  const found = new Map<string, Found>();
  const root = isObject(document.root) ? document.root : {};
  const problems: string[] = [];
  for (const group of Object.keys(root)) visitGroup(document, [group], [], { found, problems });
  const hosts = [...found.values()].map((host) => ({ host, reader: reader(host, found, document, problems) }));
  const ofRole = (role: InventoryRole) =>
    hosts.filter(({ host }) => host.groups.some((group) => ROLES[group] === role)).map(({ reader: each }) => each);
  for (const { host } of hosts) {
    if (!host.groups.some((group) => group in ROLES)) {
      document.leave(host.places[0]!, `${host.name} is in none of the groups P, D and C`);
    }
  }
  return { hosts: { prefill: ofRole('prefill'), decode: ofRole('decode'), proxy: ofRole('proxy') }, problems };
}

interface Found {
  readonly name: string;
  readonly groups: string[];
  /** Maps that hold variables for it, the weakest first: those of outer groups, of inner ones, its own. */
  readonly groupVars: Path[];
  readonly places: Path[];
}

interface Gathered {
  readonly found: Map<string, Found>;
  readonly problems: string[];
}

function visitGroup(document: ForeignDocument, path: Path, around: readonly Path[], gathered: Gathered): void {
  const group = document.peek(path);
  if (!isObject(group)) return;
  const chain = [...around, path];
  if (isObject(group.hosts)) {
    for (const written of Object.keys(group.hosts)) {
      const place = [...path, 'hosts', written];
      const names = hostEntries(written) ?? (/[[\]]/.test(written) ? null : [written]);
      if (names === null) gathered.problems.push(`${at(document, place)}: ${rangeFault(written)}`);
      for (const name of names ?? []) addHost(name, place, chain, gathered.found);
    }
  }
  if (isObject(group.children)) {
    for (const child of Object.keys(group.children))
      visitGroup(document, [...path, 'children', child], chain, gathered);
  }
}

/** Why a key with brackets names no hosts. */
function rangeFault(written: string): string {
  const problem = /^[\d[]/.test(written) ? addressProblem(written) : null;
  return problem === null ? `${written} is not a range of hosts such as p[0:3]` : `${problem.message} ${problem.hint}`;
}

function addHost(name: string, place: Path, chain: readonly Path[], found: Map<string, Found>): void {
  const host: Found = found.get(name) ?? { name, groups: [], groupVars: [], places: [] };
  found.set(name, host);
  for (const each of chain) {
    host.groups.push(String(each.at(-1)));
    if (!host.groupVars.some((vars) => same(vars, [...each, 'vars']))) host.groupVars.push([...each, 'vars']);
  }
  host.places.push(place);
}

/** `inventory.yml:12` */
function at(document: ForeignDocument, path: Path): string {
  const line = document.lineOf(path);
  return line === null ? document.file : `${document.file}:${line}`;
}

function reader(
  host: Found,
  all: ReadonlyMap<string, Found>,
  document: ForeignDocument,
  problems: string[],
): InventoryHost {
  const get: InventoryHost['get'] = (variable, unread) => {
    try {
      return variableOf(host, [variable], all, document, 0) ?? null;
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      const places = [...host.places.toReversed(), ...host.groupVars.toReversed()].map((each) => [...each, variable]);
      const place = places.find((each) => document.peek(each) !== undefined);
      if (unread !== undefined) {
        unread(place && document.peek(place), `it can't be made out: ${error.message}`);
        return null;
      }
      const problem = `${at(document, place ?? host.places[0]!)}: ${variable} of ${host.name}: ${error.message}`;
      if (!problems.includes(problem)) problems.push(problem);
      return null;
    }
  };
  return {
    name: host.name,
    path: host.places.at(-1)!,
    get,
    word: (variable) => {
      const value = get(variable);
      return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : null;
    },
    lineOf: (variable) => {
      const places = [...host.groupVars, ...host.places].map((each) => [...each, variable]);
      const place = places.findLast((each) => document.peek(each) !== undefined);
      return place === undefined ? null : document.lineOf(place);
    },
  };
}

/** @param path the variable's name, then keys within its value */
function variableOf(
  host: Found,
  path: Path,
  all: ReadonlyMap<string, Found>,
  document: ForeignDocument,
  depth: number,
): unknown {
  if (depth > 20) throw new TemplateError('its templates go in circles');
  const scopes = [...host.groupVars, ...host.places];
  // a weaker definition of the same name is overruled, not lost
  const values = scopes.map((scope) => document.take([...scope, ...path])).filter((value) => value !== undefined);
  const lookup = (inner: Path) => {
    const [first, second, ...rest] = inner;
    if (first === 'groups') return groupMember(all, String(second), rest);
    if (first !== 'hostvars') return variableOf(host, inner, all, document, depth + 1);
    const other = all.get(String(second));
    return other && variableOf(other, rest, all, document, depth + 1);
  };
  const value = values.at(-1);
  if (isTemplate(value)) return evaluate(value, lookup);
  if (value !== undefined) return value;
  return path[0] === 'inventory_hostname' || path[0] === 'ansible_host' ? host.name : undefined;
}

function groupMember(all: ReadonlyMap<string, Found>, group: string, [index]: Path): unknown {
  const members = [...all.values()].filter((host) => host.groups.includes(group)).map((host) => host.name);
  return index === undefined ? members : members[Number(index)];
}

function same(a: Path, b: Path): boolean {
  return a.length === b.length && a.every((key, i) => key === b[i]);
}
