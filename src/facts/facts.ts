/** What one probe found on a host, or why it found nothing. Plain data: `facts --json` writes it and `--facts FILE` reads it. */
export type HostFacts = ReachedHost | UnreachableHost;

/** address -> facts */
export type Facts = Readonly<Record<string, HostFacts>>;

export interface UnreachableHost {
  readonly reachable: false;
  readonly address: string;
  /** Closed list: why the host could not be asked. */
  readonly code: 'unreachable' | 'auth' | 'host-key-unknown' | 'host-key-changed' | 'host-key-revoked' | 'probe';
  readonly reason: string;
}

export interface ReachedHost {
  readonly reachable: true;
  readonly address: string;
  readonly hostname: string;
  readonly kernel: string;
  readonly arch: string;
  /** Seconds since 1970 by the host's clock, and how much that is ahead of ours (ms, round trip halved). */
  readonly clock: { readonly epochS: number; readonly aheadMs: number };
  readonly docker: DockerFacts;
  /** Die id -> device ip, from hccn_tool (or hccn.conf). Dies without an address are absent. */
  readonly deviceIps: Readonly<Record<string, string>>;
  /** Name of the interface of the default route, or of the one that carries `address`. */
  readonly interfaceName: string | null;
  readonly tools: { readonly rsync: boolean; readonly python3: boolean; readonly sha256sum: boolean };
  /** One entry per path asked for. */
  readonly paths: Readonly<Record<string, PathFacts>>;
  /** sha256 (hex) of each artifact asked for; null: not there. */
  readonly digests: Readonly<Record<string, string | null>>;
  /** Text of small files asked for (markers, model config.json); null: not there. */
  readonly texts: Readonly<Record<string, string | null>>;
  /** Free bytes on the file system that holds each path asked for (its nearest existing parent). */
  readonly freeBytes: Readonly<Record<string, number>>;
  /** Listening TCP ports and, where root may see it, the pid that holds each. */
  readonly listening: readonly { readonly port: number; readonly pid: number | null }[];
  /** Processes that carry our marker in their environment. */
  readonly processes: readonly OurProcess[];
  /** Those of them that a signal or a debugger has stopped: they live, and answer nothing. */
  readonly stoppedPids: readonly number[];
  /** Source files of the synced code that were written after it was complete, relative to its folder, or `FILE (removed)`; at most 20. */
  readonly codeEdits: readonly string[];
  /** What is in each dump folder asked for; null: no folder of windows. */
  readonly dumps: Readonly<Record<string, DumpFacts | null>>;
  /** What the processes of running containers hold, by container id; where nothing is known to be held there is no entry. */
  readonly holdings: Readonly<Record<string, Holding>>;
  readonly machine: MachineFacts;
}

/** What preflight compares between hosts. A null, or a name that is not there: the host had no answer. */
export interface MachineFacts {
  /** Versions by name: driver, firmware, cann, cuda. */
  readonly software: Readonly<Record<string, string>>;
  readonly memoryBytes: number | null;
  /** What new processes may have of it. */
  readonly availableBytes: number | null;
  readonly interfaces: readonly {
    readonly name: string;
    readonly addresses: readonly string[];
    readonly mtu: number | null;
  }[];
  /** Ports that the kernel gives to outgoing connections; `reserved`: those it leaves out, as `9000-9015,6379`. */
  readonly outgoingPorts: { readonly from: number; readonly to: number; readonly reserved: string } | null;
  /** Of the ports asked for: those with connections from here. */
  readonly connectedPorts: readonly number[];
  /** N of each /dev/davinciN or /dev/nvidiaN. */
  readonly dieNodes: readonly number[];
  /** What runs on the dies, as the driver reports; null: not queried, because the caller needs a fast answer. */
  readonly dieProcesses: readonly DieProcess[] | null;
  /** Its driver can ping dies of other hosts. */
  readonly pingsDies: boolean;
  /** Folder of docker's images and containers. */
  readonly dockerRoot: string | null;
  /** Of the paths whose room was asked for: those that the login user can't write to. */
  readonly unwritable: readonly string[];
}

export interface DieProcess {
  readonly die: number;
  readonly pid: number;
  readonly name: string;
  /** Id of the container that it is in. */
  readonly container: string | null;
}

/** Of a machine that nothing was asked. */
export const UNKNOWN_MACHINE: MachineFacts = {
  software: {},
  memoryBytes: null,
  availableBytes: null,
  interfaces: [],
  outgoingPorts: null,
  connectedPorts: [],
  dieNodes: [],
  dieProcesses: null,
  pingsDies: false,
  dockerRoot: null,
  unwritable: [],
};

/** The newest folder of activation windows. */
export interface DumpFacts {
  /** `20261121_225001`, local time of its container */
  readonly stamp: string;
  readonly windows: number;
  /** When the last window was written, seconds since 1970 by the host's clock. */
  readonly newestS: number;
}

export interface DockerFacts {
  /** absent: no docker client; down: no daemon answers (with its words). */
  readonly state: 'up' | 'down' | 'absent';
  readonly reason: string | null;
  readonly version: string | null;
  /** Image ids by the references asked for; null: not there. */
  readonly images: Readonly<Record<string, string | null>>;
  readonly containers: readonly ContainerFacts[];
}

export interface ContainerFacts {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  /** `sha256:...` of the image it was made from. */
  readonly imageId: string | null;
  readonly running: boolean;
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Dies named in its environment (ASCEND_RT_VISIBLE_DEVICES), if any. */
  readonly dies: readonly number[] | null;
  /** Absent: docker has not restarted it since its last manual start. */
  readonly restarts?: ContainerRestarts;
}

/** What docker did by itself to a container whose first process ended. */
export interface ContainerRestarts {
  readonly count: number;
  /** When it was started last, seconds since 1970 by the host's clock. */
  readonly lastS: number;
  /** It is down now, until docker tries again. */
  readonly waits: boolean;
  /** Of its end; null: it is up, and docker does not tell any more. */
  readonly exitCode: number | null;
  /** The kernel ended one of its processes for want of memory. */
  readonly outOfMemory: boolean;
}

export interface Holding {
  /** Listening TCP ports. */
  readonly ports: readonly number[];
  /** Dies named in the environment of its processes (ASCEND_RT_VISIBLE_DEVICES). */
  readonly dies: readonly number[];
}

export interface PathFacts {
  readonly exists: boolean;
  readonly kind: 'file' | 'folder' | 'other' | null;
}

/** A process started by `spawn`, known by OMNIPLACE_NODE in its environment (not by a pid file or a command line). */
export interface OurProcess {
  readonly pid: number;
  /** Start time in clock ticks since boot: field 22 of /proc/PID/stat. */
  readonly startTicks: number;
  /** Value of OMNIPLACE_NODE: `<cluster>/<node>`. */
  readonly node: string;
  /** Value of OMNIPLACE_GENERATION. */
  readonly generation: string;
  /** True for the process that `spawn` started, false for its descendants. */
  readonly leader: boolean;
}

/** What to ask of a host; the answer has an entry for each. */
export interface ProbeRequest {
  readonly address: string;
  readonly cluster: string;
  readonly images: readonly string[];
  readonly paths: readonly string[];
  readonly digests: readonly string[];
  readonly texts: readonly string[];
  readonly freeOf: readonly string[];
  /** Dump folders. */
  readonly dumps: readonly string[];
  /** The synced code, and the file that was written once it was complete; null: none is synced. */
  readonly code: { readonly folder: string; readonly marker: string } | null;
  readonly dies: readonly number[];
  /** That its nodes bind: are there connections from them? */
  readonly ports: readonly number[];
}
