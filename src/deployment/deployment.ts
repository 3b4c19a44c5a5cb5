import type { Services } from './schema.gen.ts';
import type { SecretSource } from './secret.ts';

/**
 * The parsed, readonly form of a deployment file: every default filled in, every precedence applied
 * (`services.<role>` < `deployment.defaults` < group < `host <ip>` < `-e`), so nobody behind this door asks "is it there?".
 * It has prefill and decode groups and a proxy, or mixed groups alone.
 */
export interface Deployment {
  /** The file as the user named it, for messages. */
  readonly file: string;
  /** Absolute folder of the file: relative local paths start here. */
  readonly directory: string;
  /** The cluster's identity: labels, lease and state are kept under it. */
  readonly name: string;
  readonly engine: EngineName;
  /** What the engine made of its own keys of `services`. */
  readonly engineSettings: unknown;
  readonly accelerator: AcceleratorName;
  readonly image: string;
  /** Absolute local path of an archive to load where a host lacks the image. */
  readonly imageArchive: string | null;
  /** On the hosts. */
  readonly modelPath: string;
  /** Absolute local folder to bring there when asked for. */
  readonly modelSource: string | null;
  /** What the file says of the model; a null is read from `config.json` on a host. */
  readonly model: DeclaredModel;
  readonly servedModelName: string;
  /** On the hosts. */
  readonly logPath: string;
  /** On the hosts: where everything of ours lives, one folder per cluster below it. */
  readonly statePath: string;
  readonly httpProxy: string | null;
  /** Of requests to the servers; null: the engine's own, or none. */
  readonly apiKey: SecretSource | null;
  readonly container: ContainerSettings;
  readonly ssh: SshSettings;
  readonly ready: ReadySettings;
  readonly failure: FailurePolicy;
  readonly prefill: readonly Group[];
  readonly decode: readonly Group[];
  readonly mixed: readonly Group[];
  /** null: mixed servers are asked directly. */
  readonly proxy: ProxyEntry | null;
  /** What hosts remember of the file; absent: it was not read from a file. */
  readonly source?: DeploymentSource;
}

/** What a deployment was read from, as it may be kept: a secret is the name of its source, never its value. */
export interface DeploymentSource {
  /** The file's values, with overrides in their places. */
  readonly document: JsonObject;
  /** `path=value`, in the order given. */
  readonly overrides: readonly string[];
  /** sha256 of the file's text. */
  readonly digest: string;
}

/** The engines in `engines/index.ts`. */
export type EngineName = NonNullable<Services['engine']>;
/** The accelerators in `accelerators/index.ts`. */
export type AcceleratorName = NonNullable<Services['accelerator']>;
/** mixed: prefill and decode in one server. */
export type ServerRole = 'prefill' | 'decode' | 'mixed';
export type Role = ServerRole | 'proxy';

/** One `groupN` entry: one instance. */
export interface Group {
  readonly name: string;
  readonly role: ServerRole;
  /** 0-based position among the groups of its role. */
  readonly ordinal: number;
  /** Master first. */
  readonly hosts: readonly GroupHost[];
  readonly settings: RoleSettings;
}

/** A group's share of one host, `host <ip>:` overrides applied. */
export interface GroupHost {
  readonly address: string;
  /** In the file, where this machine resolved it to the address. */
  readonly name?: string;
  readonly login: Login;
  /** 0 for a mixed server: nobody meets there. */
  readonly masterPort: number;
  readonly baseApiPort: number;
  /** Device ids, in the order written. */
  readonly dies: readonly number[];
  /** The group's settings with this host's own. */
  readonly settings: RoleSettings;
}

export interface Login {
  readonly user: string;
  readonly port: number;
  /** Absolute local path. */
  readonly privateKey: string | null;
  readonly passphrase: SecretSource | null;
  readonly password: SecretSource | null;
  readonly agent: boolean;
  /** `user@host[:port]` */
  readonly jump: string | null;
}

export interface ProxyEntry {
  readonly host: string;
  /** In the file, where this machine resolved it to `host`. */
  readonly name?: string;
  readonly login: Login;
  readonly listenPort: number;
  /** What the engine made of its own keys of the proxy. */
  readonly engineSettings: unknown;
}

export interface DeclaredModel {
  readonly moeLayers: number | null;
  readonly experts: number | null;
  readonly topK: number | null;
  readonly firstDenseLayers: number | null;
}

export interface RoleSettings {
  readonly maxModelLen: number;
  /** null: the engine's choice. */
  readonly maxNumSeqs: number | null;
  readonly maxNumBatchedTokens: number | null;
  readonly gpuUtil: number;
  readonly extraArgs: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Variables that are not to be set, not even where the engine would. */
  readonly unsetEnv: readonly string[];
  /** What the engine made of its own keys of the role. */
  readonly engineSettings: unknown;
}

export interface ContainerSettings {
  readonly namePrefix: string;
  /** `source:target[:ro]`, as docker's -v takes them. */
  readonly mounts: readonly string[];
  readonly devices: readonly string[];
  readonly shmSize: string;
  /** Further docker run flags, one argument each. */
  readonly flags: readonly string[];
}

export interface SshSettings {
  /** strict: only known keys; accept-new: an unknown host's key is written down, a changed one is refused. */
  readonly hostKeys: 'strict' | 'accept-new';
  /** Absolute local path. */
  readonly knownHosts: string;
  readonly become: 'sudo' | null;
  readonly connectTimeoutMs: number;
}

export interface ReadySettings {
  readonly prefillMs: number;
  readonly decodeMs: number;
  readonly mixedMs: number;
  /** A server whose log, device memory and CPU stand still for so long is given up. */
  readonly noProgressMs: number;
}

export interface FailurePolicy {
  readonly onFailure: 'stop' | 'continue';
  /** Hosts that may fail or be lost before the rest stop. */
  readonly maxFail: number | { readonly percent: number };
  /** Phases after which one failed host ends the run; null: preflight under stop, none under continue. */
  readonly anyErrorsFatal: readonly string[] | 'all' | null;
}

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}
