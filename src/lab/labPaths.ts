import { LabError } from './labError.ts';

export const LAB_ROOT = '/var/lib/omniplace-lab';
/** Debian packages, the hosts' base tree and the image's layers, each under a digest of what it is made from. */
export const CACHE = `${LAB_ROOT}/cache`;

/** Where everything of one lab stands on this machine. */
export function labPaths(name: string): LabPaths {
  const directory = `${LAB_ROOT}/${checkedName(name)}`;
  return {
    directory,
    lock: `${LAB_ROOT}/${name}.lock`,
    state: `${directory}/state.json`,
    key: `${directory}/id_ed25519`,
    knownHosts: `${directory}/known_hosts`,
    disk: `${directory}/disk.img`,
    hosts: `${directory}/hosts`,
    run: `${directory}/run`,
    code: `${directory}/code`,
    deployment: `${directory}/cluster.yml`,
    wheels: `${directory}/wheels`,
  };
}

export interface LabPaths {
  readonly directory: string;
  /** Held by the command that makes or removes the lab. */
  readonly lock: string;
  readonly state: string;
  readonly key: string;
  readonly knownHosts: string;
  /** Sparse ext4 image behind `hosts`. */
  readonly disk: string;
  /** Mount point: one folder per host with its upper layer and docker data. */
  readonly hosts: string;
  /** Process ids with start ticks. */
  readonly run: string;
  readonly code: string;
  /** Written where no file of `inventories/` fits. */
  readonly deployment: string;
  readonly wheels: string;
}

const RESERVED = new Set(['cache', 'networks']);

function checkedName(name: string): string {
  if (/^[a-z][a-z0-9-]{0,23}$/.test(name) && !RESERVED.has(name)) return name;
  throw new LabError(
    'lab_usage',
    `'${name}' can't be a lab's name`,
    `use lower-case letters, digits and '-', at most 24, a letter first, and not ${[...RESERVED].join(' or ')}`,
  );
}
