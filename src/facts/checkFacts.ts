import type {
  ContainerFacts,
  ContainerRestarts,
  DieProcess,
  DockerFacts,
  DumpFacts,
  Facts,
  Holding,
  MachineFacts,
  OurProcess,
  PathFacts,
  ReachedHost,
  UnreachableHost,
} from './facts.ts';

/**
 * What is wrong with facts that come from a file, in one sentence with the place in the document; null: they are facts.
 * The shapes below name every field of the types: one that is added there and not here does not compile.
 */
export function checkFacts(value: unknown): string | null {
  return mapOf(host)(value, '');
}

/** The first fault at or below `path`, or null. */
type Check = (value: unknown, path: string) => string | null;

const text = kind('text', (value) => typeof value === 'string');
const flag = kind('true or false', (value) => typeof value === 'boolean');
const number = kind('a number', (value) => typeof value === 'number');
const texts = mapOf(text);
const numbers = listOf(number);
const textOrNull = mapOf(orNull(text));

const container = fields<ContainerFacts>({
  id: text,
  name: text,
  image: text,
  imageId: orNull(text),
  running: flag,
  status: text,
  labels: texts,
  dies: orNull(numbers),
  restarts: optional(
    fields<ContainerRestarts>({
      count: number,
      lastS: number,
      waits: flag,
      exitCode: orNull(number),
      outOfMemory: flag,
    }),
  ),
});

const reached = fields<ReachedHost>({
  reachable: flag,
  address: text,
  hostname: text,
  kernel: text,
  arch: text,
  clock: fields<ReachedHost['clock']>({ epochS: number, aheadMs: number }),
  docker: fields<DockerFacts>({
    state: oneOf<DockerFacts['state']>('up', 'down', 'absent'),
    reason: orNull(text),
    version: orNull(text),
    images: textOrNull,
    containers: listOf(container),
  }),
  deviceIps: texts,
  interfaceName: orNull(text),
  tools: fields<ReachedHost['tools']>({ rsync: flag, python3: flag, sha256sum: flag }),
  paths: mapOf(fields<PathFacts>({ exists: flag, kind: orNull(oneOf('file', 'folder', 'other')) })),
  digests: textOrNull,
  texts: textOrNull,
  freeBytes: mapOf(number),
  listening: listOf(fields<ReachedHost['listening'][number]>({ port: number, pid: orNull(number) })),
  processes: listOf(
    fields<OurProcess>({ pid: number, startTicks: number, node: text, generation: text, leader: flag }),
  ),
  stoppedPids: numbers,
  codeEdits: listOf(text),
  dumps: mapOf(orNull(fields<DumpFacts>({ stamp: text, windows: number, newestS: number }))),
  holdings: mapOf(fields<Holding>({ ports: numbers, dies: numbers })),
  machine: fields<MachineFacts>({
    software: texts,
    memoryBytes: orNull(number),
    availableBytes: orNull(number),
    interfaces: listOf(
      fields<MachineFacts['interfaces'][number]>({ name: text, addresses: listOf(text), mtu: orNull(number) }),
    ),
    outgoingPorts: orNull(
      fields<NonNullable<MachineFacts['outgoingPorts']>>({ from: number, to: number, reserved: text }),
    ),
    connectedPorts: numbers,
    dieNodes: numbers,
    dieProcesses: orNull(listOf(fields<DieProcess>({ die: number, pid: number, name: text, container: orNull(text) }))),
    pingsDies: flag,
    dockerRoot: orNull(text),
    unwritable: listOf(text),
  }),
});

const unreachable = fields<UnreachableHost>({
  reachable: flag,
  address: text,
  code: oneOf<UnreachableHost['code']>(
    'unreachable',
    'auth',
    'host-key-unknown',
    'host-key-changed',
    'host-key-revoked',
    'probe',
  ),
  reason: text,
});

function host(value: unknown, path: string): string | null {
  const fault = isMap(value) ? flag(value.reachable, below(path, 'reachable')) : fields({})(value, path);
  if (fault !== null) return fault;
  const facts = value as unknown as Facts[string];
  return (facts.reachable ? reached : unreachable)(facts, path) ?? sameAddress(facts.address, path);
}

function sameAddress(address: string, path: string): string | null {
  return address === path ? null : `${path}.address must be ${path}; it is ${JSON.stringify(address)}`;
}

function fields<T>(shape: { readonly [K in keyof Required<T>]: Check }): Check {
  return (value, path) => {
    if (!isMap(value)) return fault('a map', value, path);
    return first(Object.entries<Check>(shape), ([key, check]) => check(own(value, key), below(path, key)));
  };
}

function mapOf(check: Check): Check {
  return (value, path) =>
    isMap(value)
      ? first(Object.entries(value), ([key, inner]) => check(inner, below(path, key)))
      : fault('a map', value, path);
}

function listOf(check: Check): Check {
  return (value, path) =>
    Array.isArray(value)
      ? first(value.entries(), ([index, inner]) => check(inner, `${path}[${index}]`))
      : fault('a list', value, path);
}

function orNull(check: Check): Check {
  return (value, path) => (value === null ? null : check(value, path));
}

function optional(check: Check): Check {
  return (value, path) => (value === undefined ? null : check(value, path));
}

function oneOf<T extends string>(...words: readonly T[]): Check {
  return kind(words.join(', '), (value) => (words as readonly unknown[]).includes(value));
}

function kind(expected: string, holds: (value: unknown) => boolean): Check {
  return (value, path) => (holds(value) ? null : fault(expected, value, path));
}

function fault(expected: string, value: unknown, path: string): string {
  const found = value === undefined ? 'missing' : (JSON.stringify(value) ?? '').slice(0, 40);
  return `${path === '' ? 'the document' : path} must be ${expected}; it is ${found}`;
}

function first<T>(items: Iterable<T>, check: (item: T) => string | null): string | null {
  for (const item of items) {
    const found = check(item);
    if (found !== null) return found;
  }
  return null;
}

function below(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function own(map: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
