import type { Section } from '../shell/sections.ts';

/**
 * All that is particular to a kind of accelerator. Adding one: a folder, a line in `index.ts`, its name in the schema.
 * A capability is having the member. It gives tools, words and parsers: what is decided from them (findings, who pings whom)
 * is the same for all and in `plan/`, so that a new accelerator copies no logic.
 */
export interface Accelerator {
  /**
   * The environment variable that shows, in any container, which of the host's dies a process uses; null: none does, because
   * there are no dies or a container numbers its own.
   */
  readonly visibleDevices: string | null;
  /** What machines have of it as a rule, for a new deployment file; absent: that is not known. */
  readonly usual?: { readonly diesPerHost: number; readonly diesPerCard: number };
  /**
   * Its part of a container that computes on `dies`; of no die where the node computes nothing: its host may lack the driver.
   * `driverFolder`: where the host has its driver, if that is known.
   */
  container(dies: readonly number[], driverFolder?: string | null): ContainerPart;
  /** How a host is asked about its dies; absent: no tool of a driver runs on it, and nothing is known of dies. */
  readonly probe?: AcceleratorProbe;
  /** How its driver is asked whether dies are well; absent: that is not known. */
  readonly health?: DieHealthProbe;
  /** Of dies with addresses of their own; absent: a die is reached at its host's address. */
  readonly network?: DieNetwork;
}

export interface ContainerPart {
  /** As `docker run -v` takes them. Those whose source a host lacks are left out. */
  readonly mounts: readonly string[];
  /** Sources of mounts that are files: a folder of such a name was made by docker, for a mount of what did not exist. */
  readonly files?: readonly string[];
  /** As `docker run --device` takes them. Those that a host lacks are left out. */
  readonly devices: readonly string[];
  /** Further arguments of `docker run`. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
}

export interface AcceleratorProbe {
  /**
   * Shell functions that `templates/probe.sh` calls:
   * `driver_versions` prints lines `NAME VERSION`, and may mark a section `driver-folder`, with the folder that containers mount;
   * `die_processes` marks sections with what runs on dies, by `ask_driver`, and leaves lines `pid=N` of it in `die_pids`, whose owners and commands
   * the probe then looks up; a driver takes its time, so `status` does not call it;
   * `device_ips DIE..`, where the accelerator has a `network`, marks sections with the addresses of dies.
   * They may use `mark`, `has`, `within`, `ask_driver` and `version_in` of that file.
   */
  readonly functions: string;
  /** Reads the sections of `die_processes`. */
  parse(sections: readonly Section[]): DieFacts;
  /** The names that `driver_versions` may print, each with the words a finding uses for it. */
  readonly versions: Readonly<Record<string, string>>;
  /** The command that lists a host's dies, for hints. */
  readonly listDies: string;
  /** Why the host's driver is not enough for an image, by the variables of the image; absent: nothing is known of that. */
  readonly unmet?: (variables: Readonly<Record<string, string>>, driver: string) => Unmet | null;
  /** The command that makes a die whole which is split into parts, for hints. */
  readonly unsplitDie?: string;
}

/** What an image needs, and the driver does not have. */
export interface Unmet {
  /** Containers of the image fail; else they may. */
  readonly isFatal: boolean;
  readonly message: string;
  readonly hint: string;
}

export interface DieFacts {
  /** N of each device file of a die. */
  readonly dieNodes: readonly number[];
  /** null: the driver was not asked, or did not answer. */
  readonly dieProcesses: readonly { readonly die: number; readonly pid: number; readonly name: string }[] | null;
  /** Why the driver did not answer what runs on its dies, in its own words. Absent: it did, or was not asked. */
  readonly driverSilent?: string;
  /** Absent: not known. */
  readonly dieStates?: readonly DieState[];
  /** Absent: its dies do not use the host's network devices. */
  readonly rdma?: RdmaFacts;
}

/** Network devices of the host that move memory between hosts by themselves. */
export interface RdmaFacts {
  readonly ports: readonly {
    readonly device: string;
    readonly layer: string;
    readonly state: string;
    readonly driver: string;
  }[];
  /** Their device files are there, which a container needs. */
  readonly hasNodes: boolean;
  /** They can read the memory of dies. */
  readonly peerMemory: boolean;
}

/** Of a die, in the words of its driver. */
export interface DieState {
  readonly die: number;
  /** It is divided into parts, and can't be used as a whole. */
  readonly isSplit: boolean;
  readonly totalMib: number | null;
  readonly usedMib: number | null;
}

/** Of dies that serve: a driver may take seconds, so it is asked apart from the probe. */
export interface DieHealthProbe {
  /** Defines the shell function `die_health`, which marks a section `die-health`; it may use what the probe's functions may. */
  readonly functions: string;
  parse(answered: string): readonly DieHealth[];
  /** A die that is hotter is worth a warning. */
  readonly hotC: number;
}

export interface DieHealth {
  readonly die: number;
  /** In the driver's words; null: it is well. */
  readonly problem: string | null;
  /** The problem is a minor alarm, with which a die still works. */
  readonly isMinor?: boolean;
  /** Null: not known. */
  readonly temperatureC: number | null;
}

export interface DieNetwork {
  /** Reads the sections of `device_ips`. */
  parse(sections: readonly Section[], dies: readonly number[]): DieAddresses;
  /** Shell script that pings other hosts' dies. Arguments: DIE=ADDRESS. It prints a line for each that is lost, and fails. */
  readonly ping: string;
  /** The command that gives a die another address, for hints. */
  readonly setAddress: string;
  /** The command that shows a die's address. */
  readonly showAddress: string;
  /** The file of a host with the addresses of its dies, which containers see; absent: there is none. */
  readonly file?: string;
}

export interface DieAddresses {
  /** Die id -> device ip: what the driver reports, or else the file. */
  readonly deviceIps: Readonly<Record<string, string>>;
  /** Where they come from: the driver, which was asked, and the file that it reads when the host starts; absent: there is one source. */
  readonly dieAddresses?: {
    readonly live: Readonly<Record<string, string>>;
    readonly configured: Readonly<Record<string, string>>;
  };
  /** The host's driver can ping dies of other hosts. */
  readonly pingsDies: boolean;
}
