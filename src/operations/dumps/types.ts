import type { PlacedExperts } from '../../engines/expertControl.ts';
import type { WindowCodec } from '../../placement/index.ts';
import type { Instance, ServerNode } from '../../topology/topology.ts';
import type { RunningPattern } from '../cluster/running.ts';
import type { Fetched, FetchProgress } from '../fetch/types.ts';

/** Where the windows of an instance are: with the node that writes them. */
export interface DumpSource {
  /** `P0`, `D0`: the instance's place among those of its role. */
  readonly name: string;
  readonly instance: Instance;
  /** Those that hold routed experts. */
  readonly ranks: number;
  readonly node: ServerNode;
  readonly dumpDir: string;
  readonly placed: PlacedExperts;
  readonly codec: WindowCodec;
}

/** What the windows of one start of the engine were recorded under. */
export type Recorded = RunningPattern;

export interface DumpFolder {
  /** The start of the engine, as it named it: `20261121_225001`. */
  readonly stamp: string;
  readonly recorded: Recorded;
  /** Files that are windows, whole and of one shape. */
  readonly windows: number;
  /** Layers of each window; null: there is none. */
  readonly layers: number | null;
  /** Physical positions of each layer. */
  readonly positions: number | null;
  readonly slotsPerRank: number | null;
  readonly problems: readonly DumpProblem[];
}

export interface DumpProblem {
  /** Below the dump_dir. */
  readonly file: string;
  readonly message: string;
  readonly spoils: 'nothing' | 'window' | 'folder';
}

export interface DumpManifest {
  readonly version: 1;
  readonly cluster: string;
  readonly instance: string;
  readonly role: string;
  readonly node: string;
  readonly host: string;
  readonly dumpDir: string;
  readonly ranks: number;
  readonly experts: number | null;
  readonly windowSeconds: number;
  readonly folders: readonly DumpFolder[];
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
  /** Why a file is not here or not to be trusted. */
  readonly problems: readonly string[];
}

export interface InstanceDumps {
  readonly name: string;
  readonly node: string;
  readonly host: string;
  readonly into: string;
  readonly result: {
    readonly manifest: DumpManifest;
    readonly fetched: Omit<Fetched, 'files'>;
    readonly warnings: readonly string[];
  } | null;
  readonly problem: string | null;
  readonly unreachable: boolean;
}

export interface FetchDumpsOptions {
  /** Absolute. */
  readonly out: string;
  /** Every folder named by a time, not the newest alone. */
  readonly all: boolean;
  /** Windows of each folder, the newest; absent: every one. */
  readonly atMost?: number;
  readonly signal: AbortSignal;
  readonly onProgress: (instance: string, progress: FetchProgress) => void;
}
