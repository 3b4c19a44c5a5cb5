import type { DialectReader } from '../../engines/dialectReader.ts';
import type { HostFacts, ReachedHost } from '../../facts/facts.ts';
import { size } from '../../files/sizes.ts';
import { printable } from '../../report/printable.ts';

/** What a probe found on one host, a line for each kind of fact. */
export function factsText(facts: HostFacts, reader: DialectReader | null = null): string {
  if (!facts.reachable) return `${facts.address}: ${facts.code}\n  ${printable(facts.reason)}`;
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['system', [`${facts.kernel} ${facts.arch}`]],
    ['clock', [clock(facts)]],
    ['interface', [facts.interfaceName ?? 'none found']],
    ['docker', [docker(facts)]],
    ['images', Object.entries(facts.docker.images).map(([ref, id]) => `${ref}: ${id ?? 'absent'}`)],
    ['engine', engineCode(facts, reader)],
    ['containers', facts.docker.containers.map(({ name, status, image }) => `${name}: ${status} (${image})`)],
    ['device ips', deviceIps(facts)],
    ['free', Object.entries(facts.freeBytes).map(([path, bytes]) => `${path}: ${size(bytes)}`)],
    ['missing', Object.entries(facts.paths).flatMap(([path, { exists }]) => (exists ? [] : [path]))],
    ['processes', facts.processes.filter((p) => p.leader).map(({ node, pid }) => `${node}: pid ${pid}`)],
  ];
  const lines = rows.flatMap(([name, values]) =>
    values.map((value, index) => `  ${(index === 0 ? name : '').padEnd(11)} ${printable(value)}`),
  );
  return [`${facts.address}: ${facts.hostname}`, ...lines].join('\n');
}

function engineCode({ dialect }: ReachedHost, reader: DialectReader | null): string[] {
  if (reader === null || dialect === undefined) return [];
  return [reader.describe(dialect.accepts) ?? `not known: ${dialect.problem ?? 'not in a form of this version'}`];
}

/** Which source an address is from is shown where it is not the only one. */
function deviceIps({ deviceIps: ips, machine }: ReachedHost): string[] {
  const { live = {}, configured = {} } = machine.dieAddresses ?? {};
  return Object.entries(ips).map(([die, ip]) => {
    const text = `${die}: ${ip}`;
    if (machine.dieAddresses === undefined || live[die] === configured[die]) return text;
    if (live[die] === undefined) return `${text} (configured; the driver was not heard)`;
    return `${text} (by the driver; ${configured[die] === undefined ? 'not configured' : `configured: ${configured[die]}`})`;
  });
}

function clock({ clock: { aheadMs } }: ReachedHost): string {
  if (aheadMs === 0) return 'as here';
  return `${Math.abs(aheadMs)} ms ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine`;
}

function docker({ docker: { state, version, reason } }: ReachedHost): string {
  return state === 'up' ? (version ?? 'up') : `${state}: ${reason}`;
}
