import { addressProblem, isHostName, writtenOut } from '../../deployment/address.ts';
import { entriesOfOne } from '../../deployment/splitEntries.ts';
import { UserError } from '../../errors/userError.ts';
/** A cluster's form in the community's notation: `4P8-1D32` is 4 prefill instances of 8 NPUs and 1 decode instance of 32. */
export interface Shape {
  readonly prefill: ShapePart;
  readonly decode: ShapePart;
}

interface ShapePart {
  readonly instances: number;
  /** Of each instance; null: not said, as in `4P1D`. */
  readonly npus: number | null;
}

/** One group to be: an instance's hosts and its dies on each of them. */
export interface PlannedGroup {
  readonly hosts: readonly string[];
  readonly dies: readonly number[];
}

export interface Machines {
  readonly hosts: readonly string[];
  readonly diesPerHost: number;
  /** 2 on an A3 machine. */
  readonly diesPerNpu: number;
}

export function parseShape(text: string): Shape {
  const word = text.trim();
  const [, p, pNpus, d, dNpus] =
    /^(\d+)P(\d+)-(\d+)D(\d+)?$/i.exec(word) ?? /^(\d+)P()-?(\d+)D(\d+)?$/i.exec(word) ?? [];
  if (p === undefined || [p, pNpus || 1, d, dNpus ?? 1].some((count) => Number(count) === 0)) {
    throw badShape(
      `'${text}' is no form of a cluster: 4P8-1D32 is 4 prefill instances of 8 NPUs and 1 decode instance of 32; 4P1D leaves the NPUs to the hosts`,
    );
  }
  const npus = (written: string | undefined) => (written ? Number(written) : null);
  return {
    prefill: { instances: Number(p), npus: npus(pNpus) },
    decode: { instances: Number(d), npus: npus(dNpus) },
  };
}

/** Hosts of a list with ranges written out: `10.0.0.1-8`, `10.0.0.1-10.0.0.8`, `10.0.0.[1:8]`, `node[1:8]`. */
export function parseHosts(text: string): readonly string[] {
  const words = text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  const hosts = writtenOut(words).map(({ host }) => host);
  return hosts.map((host, i) => {
    const whole = hosts.slice(i, i + entriesOfOne(hosts, i)).join(',');
    const problem = isHostName(host) ? null : addressProblem(whole);
    if (problem !== null) throw badShape(problem.message, problem.hint);
    return host;
  });
}

/** Which instance gets which hosts and dies: prefill first, hosts in the order given, instances smaller than a host side by side. */
export function placeShape(
  shape: Shape,
  machines: Machines,
): { prefill: readonly PlannedGroup[]; decode: readonly PlannedGroup[] } {
  const { hosts } = machines;
  const ofPrefill = diesOfInstance('prefill', shape.prefill, machines) ?? machines.diesPerHost;
  const prefillHosts = hostsFor(shape.prefill.instances, ofPrefill, machines.diesPerHost);
  const left = hosts.length - prefillHosts;
  const ofDecode =
    diesOfInstance('decode', shape.decode, machines) ??
    Math.max(1, Math.floor(left / shape.decode.instances)) * machines.diesPerHost;
  const decodeHosts = hostsFor(shape.decode.instances, ofDecode, machines.diesPerHost);
  const needed = prefillHosts + decodeHosts;
  if (needed !== hosts.length) {
    const spare = needed < hosts.length ? `; ${hosts.slice(needed).join(', ')} would be left over` : '';
    throw badShape(
      `this takes ${needed} hosts of ${machines.diesPerHost} dies (${prefillHosts} for prefill, ${decodeHosts} for decode), and ${hosts.length} are given${spare}`,
    );
  }
  return {
    prefill: groupsOn(hosts.slice(0, prefillHosts), shape.prefill.instances, ofPrefill, machines.diesPerHost),
    decode: groupsOn(hosts.slice(prefillHosts), shape.decode.instances, ofDecode, machines.diesPerHost),
  };
}

function diesOfInstance(role: string, { npus }: ShapePart, { diesPerHost, diesPerNpu }: Machines): number | null {
  if (npus === null) return null;
  const dies = npus * diesPerNpu;
  if (dies > diesPerHost ? dies % diesPerHost !== 0 : diesPerHost % dies !== 0) {
    throw badShape(
      `a ${role} instance of ${npus} NPUs has ${dies} dies: neither whole hosts of ${diesPerHost} dies nor a whole part of one`,
    );
  }
  return dies;
}

function hostsFor(instances: number, diesOfOne: number, diesPerHost: number): number {
  return Math.ceil((instances * diesOfOne) / diesPerHost);
}

function groupsOn(hosts: readonly string[], instances: number, diesOfOne: number, diesPerHost: number): PlannedGroup[] {
  return Array.from({ length: instances }, (_, i) => {
    const firstDie = i * diesOfOne;
    const numHosts = Math.max(1, diesOfOne / diesPerHost);
    const host = Math.floor(firstDie / diesPerHost);
    const length = Math.min(diesOfOne, diesPerHost);
    return {
      hosts: hosts.slice(host, host + numHosts),
      dies: Array.from({ length }, (_, die) => (firstDie % diesPerHost) + die),
    };
  });
}

function badShape(message: string, hint = 'Nothing was written.'): UserError {
  return new UserError('bad_shape', message, { hint });
}
